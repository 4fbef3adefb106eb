#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# signed.sh - a module that is signed comes into the guest's archives as it is; of others debug
# information stays outside.
#
# usage: O=BUILD tests/modules/signed.sh
#
# Runs: on the host, from the top of the tree; needs the guest's build folder.
set -eu
O=$(realpath "${O:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dir=$work/in/lib/modules/6.1.0
mkdir -p "$dir/kernel" "$work/out"
touch "$dir"/modules.{order,builtin,builtin.modinfo}
echo 'int nothing;' | gcc -g -c -x c -o "$dir/kernel/plain.ko" -
cp "$dir/kernel/plain.ko" "$dir/kernel/signed.ko"
printf 'signature~Module signature appended~\n' >> "$dir/kernel/signed.ko"
guest-arch/scripts/initramfs.sh "$work/initramfs.cpio.gz" "$O/guest/linux-obj/usr/gen_init_cpio" \
	"$O/guest/init" /bin/busybox "$dir"
cd "$work/out"
check() { # ARCHIVE
	cmp "lib/modules/6.1.0/kernel/signed.ko" "$dir/kernel/signed.ko" ||
		{ echo "$1: the signed module is another"; exit 1; }
	! readelf -S lib/modules/6.1.0/kernel/plain.ko | grep -q debug_info ||
		{ echo "$1: the other one has debug information"; exit 1; }
	rm -rf lib
}
cpio -idm --quiet < "$work/modules.cpio"
check modules.cpio
zcat "$work/initramfs.cpio.gz" | cpio -idm --quiet 'lib/modules/*'
check initramfs.cpio.gz
