#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# own-tree.sh - bring the patches in a person's own kernel tree up to date.
#
# usage: own-tree.sh TREE
#
# Runs: on the build host. The person's commits and changes stay; nothing is
# committed. TREE/.umvmm-patches keeps the patches as they were applied, so that
# they can be taken out again when the series has changed. (.gitignore of Linux
# hides names that begin with a dot.)
#
# Must hold: the tree gets all patches or stays as it was; files that do not
# change keep their times. All is done on copies first.
set -eu

patches=$(cd "$(dirname "$0")/../patches" && pwd)
tree=$1
record=$tree/.umvmm-patches
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

die() {
	echo "guest: $1" >&2
	exit 1
}

# series DIR: the patches' names, in their order.
series() { sed '/^#/d; /^$/d' "$1/series"; }

# touched: the files that the patches on standard input create, change or remove.
touched() {
	sed -n 's/^\(---\|+++\) [ab]\/\([^\t]*\).*/\2/p' | LC_ALL=C sort -u
}

# prepare: fresh copies in the stage of all files that any patch touches.
prepare() {
	rm -rf "$stage/tree"
	mkdir -p "$stage/tree"
	(cd "$tree" && while read -r path; do
		[ ! -e "$path" ] || echo "$path"
	done < "$stage/files" | cpio --quiet -pdmL "$stage/tree")
}

# try DIR NAME [-R]: one patch on the copies. No fuzz: what does not fit exactly is
# for a person to decide. Sets $why, by file, when it fails.
try() {
	why=
	LC_ALL=C patch -d "$stage/tree" -p1 -f -F0 -E -r - --no-backup-if-mismatch ${3-} \
		< "$1/$2" > "$stage/out" 2>&1 && return
	why=$(awk '
		/^patching file / { file = $3 }
		/^.[-+][-+][-+] / { sub(/^.... [ab]\//, ""); sub(/\t.*/, ""); if ($0 !~ /dev.null/) file = $0 }
		/hunks? (FAILED|ignored)/ { print file; exit }' "$stage/out")
	return 1
}

# take_out DIR NAMES…: reverse them on the copies, the last first; $name if one fails.
take_out() {
	local dir=$1 i
	shift
	for ((i = $#; i > 0; i--)); do
		name=${!i}
		try "$dir" "$name" -R || return
	done
}

# writable PATHS…: those of them that are there. Asked before anything is written.
writable() {
	local path
	for path; do
		[ ! -e "$path" ] || [ -w "$path" ] ||
			die "$path cannot be written: the umvmm patches go there; nothing changed"
	done
}

# commit: what has changed in the copies, into the tree.
commit() {
	local path
	writable "$tree" "$record"
	while read -r path; do
		cmp -s "$stage/tree/$path" "$tree/$path" || writable "$tree/$path"
	done < "$stage/files"
	while read -r path; do
		if [ ! -e "$stage/tree/$path" ]; then
			rm -f "$tree/$path"
		elif ! cmp -s "$stage/tree/$path" "$tree/$path"; then
			mkdir -p "$(dirname "$tree/$path")"
			cat "$stage/tree/$path" > "$tree/$path"
		fi
	done < "$stage/files"
	remember
}

# remember: the patches as they are now.
remember() {
	writable "$tree" "$record"
	rm -rf "$record"
	mkdir "$record"
	cp "$patches"/*.patch "$patches/series" "$record/"
}

[ -f "$tree/arch/x86/Kconfig" ] || die "$tree is not a kernel source tree"
version=$(sed -n 's/^\(VERSION\|PATCHLEVEL\) = //p' "$tree/Makefile" | paste -s -d .)
[ "$version" = 6.1 ] || die "$tree is Linux $version; the patches are for 6.1"
[ ! -f "$tree/.config" ] && [ ! -d "$tree/include/config" ] ||
	die "$tree was built in place: save its .config for CONFIG= (-c), if you need it, and type: make -C $tree mrproper"
patched() { grep -q '^config UMVMM_GUEST' "$tree/arch/x86/Kconfig"; }

# A record of patches that have gone from the tree since (git checkout) tells nothing.
[ ! -d "$record" ] || patched || rm -rf "$record"

mapfile -t new < <(series "$patches")
if [ -d "$record" ] && diff -rq "$patches" "$record" > /dev/null; then
	echo "guest: $tree has the umvmm patches already"
	exit 0
fi
cat "$patches"/*.patch "$record"/*.patch 2> /dev/null | touched > "$stage/files"
prepare

# How many of the series are in already, and are the same.
same=0 old=()
if [ -d "$record" ]; then
	mapfile -t old < <(series "$record")
	while [ $same -lt ${#new[@]} ] && [ "${old[same]-}" = "${new[same]}" ] &&
		cmp -s "$patches/${new[same]}" "$record/${new[same]}"; do
		same=$((same + 1))
	done
	take_out "$record" "${old[@]:same}" ||
		die "$tree has an older $name, which cannot be taken out: $why has been changed since; nothing changed"
else
	# Patched by hand or by git am: as many as can be taken out again.
	for ((same = ${#new[@]}; same > 0; same--)); do
		take_out "$patches" "${new[@]:0:same}" && break
		prepare
	done
	prepare
fi

for name in "${new[@]:same}"; do
	try "$patches" "$name" && continue
	patched && [ ! -d "$record" ] &&
		die "$tree has other umvmm patches than these, or changes in them: $name does not apply to $why; nothing changed"
	die "$name does not apply to $why in $tree; nothing changed"
done
if [ $same = ${#new[@]} ] && [ ! -d "$record" ]; then
	remember
	echo "guest: $tree has the umvmm patches already"
	exit 0
fi
gone=$((${#old[@]} - (${#old[@]} ? same : 0)))
commit
echo "guest: $tree: took $gone older patches out and applied $((${#new[@]} - same)) of ${#new[@]}"
