#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - kernel modules: all of the guest's, one from outside the tree, one
# without the wrapper's notes (refused, with the reason), one that looks at BPF's loads, one that oopses.
#
# usage: O=BUILD tests/modules/run.sh VIRT
#
# Runs: on the host, from the top of the tree; needs the program and the guest.
set -eu
O=$(realpath "${O:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/m" "$work/root/modules"
cp tests/modules/Kbuild tests/modules/{hello,crash,probe_mem}.c "$work/m"
make -s -C "$O/guest/linux-obj" M="$work/m" modules
objcopy -R .note.umvmm -R .rela.note.umvmm "$work/m/hello.ko" "$work/root/modules/plain.ko"
cp "$work"/m/{hello,crash,probe_mem}.ko tests/modules/guest.sh "$work/root/modules"
(cd "$work/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$work/modules.cpio"
timeout -k 5 200 "$O/umvmm" run --virt "$1" -m 512M -i "$O/guest/initramfs.cpio.gz" \
	-i "$O/guest/modules.cpio" -i "$work/modules.cpio" -e 'sh /modules/guest.sh' < /dev/null
