#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kasan.sh - tests/fragments/kasan in a guest, with a module of our own (globals.c).
#
# usage: O=BUILD tests/fragments/kasan.sh GUEST RUN-OPTIONS…
#
# Runs: on the host, from the top of the tree; GUEST is what "make guest-kasan" has built.
set -eu
guest=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/m" "$work/root/tests"
cp tests/fragments/globals.c "$work/m/"
echo 'obj-m := globals.o' > "$work/m/Kbuild"
# of a tree that was moved there are older ones, too
obj=$(find "$guest/" -maxdepth 1 -name 'linux-own-*' -printf '%T@ %p\n' | sort -rn | head -n 1)
[ -n "$obj" ] || { echo "kasan.sh: no kernel in $guest; make guest-kasan" >&2; exit 1; }
make -s -C "${obj#* }" M="$work/m" modules
cp tests/fragments/kasan "$work/m/globals.ko" "$work/root/tests/"
(cd "$work/root" && find . -mindepth 1 | cpio --quiet -o -H newc) > "$work/kasan.cpio"
timeout -k 5 280 "$O/umvmm" run -m 1G -p kasan_multi_shot -k "$guest/vmlinux" "$@" \
	-i "$guest/initramfs.cpio.gz" -i "$work/kasan.cpio" -e /tests/kasan < /dev/null
