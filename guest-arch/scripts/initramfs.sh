#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# initramfs.sh - pack the guest's initramfs, byte for byte the same each time.
#
# usage: initramfs.sh OUTPUT GEN_INIT_CPIO INIT BUSYBOX [MODULES_DIR]
#
# Runs: on the build host, without root: the kernel's gen_init_cpio writes
# owners, times and device nodes itself. MODULES_DIR is what modules_install
# made (…/lib/modules/VERSION). All of it, without what is for debuggers only, goes into
# modules.cpio beside OUTPUT, for umvmm run -i. OUTPUT gets those that initramfs/modules.without
# does not name, as each boot has to unpack them; or none where these are larger than 6 MiB.
#
# Must hold: the output depends on the contents of its inputs only.
set -eu

out=$1 gen=$2 init=$3 busybox=$4 modules=${5-}
src=$(cd "$(dirname "$0")/../initramfs" && pwd)
list=$(mktemp "$out.XXXXXX")
trap 'rm -rf "$list" "$list.cpio" "$list.modules"' EXIT

sed -e "s|@INIT@|$init|" -e "s|@BUSYBOX@|$busybox|" -e "s|@SRC@|$src|" \
	"$src/files.list" > "$list"

# byte N…: these bytes.
byte() { for n; do printf "\\$(printf %o "$n")"; done; }

# stored FILE: a gzip file (RFC 1952) of stored blocks (RFC 1951, 3.2.4). To inflate five
# MiB takes longer than all else that the guest does until its first process.
stored() {
	size=$(stat -c %s "$1") block=65535 at=0
	byte 31 139 8 0 0 0 0 0 0 3
	while [ $at -lt "$size" ]; do
		len=$((size - at < block ? size - at : block))
		byte $((at + len == size)) $((len & 255)) $((len >> 8)) \
			$((~len & 255)) $((~len >> 8 & 255))
		dd if="$1" bs=$block skip=$((at / block)) count=1 status=none
		at=$((at + len))
	done
	gzip -1n < "$1" | tail -c 8 # checksum and size
}

# One link per applet, beside busybox or in /sbin.
"$busybox" --list-full | LC_ALL=C sort | while read -r path; do
	name=${path##*/}
	case $path in
	*sbin/*) echo "slink /sbin/$name /bin/busybox 0777 0 0" ;;
	*/busybox) ;;
	*) echo "slink /bin/$name busybox 0777 0 0" ;;
	esac
done | LC_ALL=C sort -u >> "$list"

version=${modules##*/}
rm -f "${out%/*}/modules.cpio"
if [ -n "$modules" ] && [ -d "$modules" ]; then
	mkdir -p "$list.modules/lib/modules"
	cp -r "$modules" "$list.modules/lib/modules"
	modules=$list.modules/lib/modules/$version
	# strip takes a signature away, on which a kernel may insist (CONFIG_MODULE_SIG_FORCE)
	find "$modules" -name '*.ko' | while read -r ko; do
		tail -c 28 "$ko" | grep -aqx '~Module signature appended~' || strip --strip-debug "$ko"
	done
	find "$modules" -exec touch -h -d @0 {} +
	(cd "$list.modules" && find lib | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0 --reproducible > "${out%/*}/modules.cpio")
	sed '/^#/d; /^$/d' "$src/modules.without" | while read -r path; do
		rm -rf "$modules/kernel"/$path
	done
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$list.modules" "$version"
fi
if [ -d "$modules" ] &&
   [ "$(find "$modules" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }')" -le 6291456 ]; then
	echo "dir /lib/modules 0755 0 0" >> "$list"
	(cd "$modules" && find . -type d -o -type f) | LC_ALL=C sort |
	while read -r path; do
		to=/lib/modules/$version${path#.}
		if [ -d "$modules/$path" ]; then
			echo "dir $to 0755 0 0"
		else
			echo "file $to $modules/$path 0644 0 0"
		fi
	done >> "$list"
fi

"$gen" -t 0 "$list" > "$list.cpio"
stored "$list.cpio" > "$out.new"
# A plain archive appended to this one must begin at a multiple of 4.
truncate -s %4 "$out.new"
mv "$out.new" "$out"
