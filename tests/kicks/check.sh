#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh - one run of kick_at, and whether it met what it must.
#
# usage: check.sh KICK_AT DIR ISOLATION UMVMM ARGS…
#
# DIR has the lists of lists.sh and tests.cpio. The guest makes system calls with
# all registers set, in several processes, and checks what comes back. Linux
# does not use all gates (no POPF), so of gates.S only most must be met.
kick_at=$1 dir=$2 isolation=$3
shift 3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cat "$dir/gates" > "$out/list"
[ "$isolation" != pku ] || cat "$dir/rights" >> "$out/list"
"$kick_at" "$out/list" "$@" --isolation "$isolation" -i "$dir/tests.cpio" \
	-e 'echo go; read line; for i in 1 2 3; do /tests/syscall_registers || exit 9; done' > "$out/met"
status=$?
[ $status = 0 ] || { echo "umvmm's status is $status"; exit 1; }
cut -d ' ' -f 1 "$out/met" > "$out/addresses"
count=$(grep -cxFf "$out/addresses" "$dir/gates")
echo "$count of $(wc -l < "$dir/gates") instructions of gates.S were kicked"
[ "$count" -ge 130 ] || exit 1
[ "$isolation" = pku ] || exit 0
missed=$(grep -vxFf "$out/addresses" "$dir/rights.must")
[ -z "$missed" ] || { echo "not kicked in rights.S:" $missed; exit 1; }
