#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ps.sh - umvmm ps, bt and dmesg find their way in a kernel of another configuration.
#
# usage: O=BUILD tests/fragments/ps.sh GUEST
#
# Runs: on the host, from the top of the tree.
set -eu
guest=$1 name=fragment$$
work=$(mktemp -d)
mkfifo "$work/in"
trap 'kill "$vm" 2> /dev/null || :; rm -rf "$work"' EXIT

"$O/umvmm" run -n $name -k "$guest/vmlinux" -i "$guest/initramfs.cpio.gz" \
	-e 'echo up; read line' < "$work/in" > "$work/out" 2> "$work/err" &
vm=$!
exec 5> "$work/in"
for ((i = 0; i < 600; i++)); do
	grep -q up "$work/out" && break
	kill -0 "$vm" 2> /dev/null || break
	sleep 0.1
done
cat "$work/err"
grep -q up "$work/out" || { echo "ps.sh: the guest does not come up"; exit 1; }
"$O/umvmm" ps $name > "$work/ps"
awk '$1 == 1 && $NF ~ /init/ { found = 1 } END { exit !found }' "$work/ps" ||
	{ cat "$work/ps"; echo "ps.sh: umvmm ps shows no process 1"; exit 1; }
"$O/umvmm" bt $name -p 1 > "$work/bt"
grep -q '__schedule' "$work/bt" && grep -q 'do_syscall_64' "$work/bt" ||
	{ cat "$work/bt"; echo "ps.sh: umvmm bt does not show what process 1 waits for"; exit 1; }
"$O/umvmm" dmesg $name | grep -q 'Linux version 6.1' || { echo "ps.sh: no log by umvmm dmesg"; exit 1; }
echo >&5
wait "$vm"
