#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# source.sh - get a patched kernel tree.
#
# usage: source.sh unpack TARBALL TREE   a fresh TREE from the tarball, patched
#        source.sh own TREE              a person's own tree, patched if need be
#
# Runs: on the build host.
#
# Must hold: a person's tree gets all patches or none.
set -eu

patches=$(cd "$(dirname "$0")/../patches" && pwd)

series() {
	sed -e '/^#/d' -e "s|^|$patches/|" "$patches/series"
}

case $1 in
unpack)
	tarball=$2 tree=$3
	if [ ! -f "$tarball" ]; then
		echo "guest: $tarball is missing: install linux-source-6.1, or name your own tree with KDIR=" >&2
		exit 1
	fi
	rm -rf "$tree" "$tree.new"
	mkdir -p "$tree.new"
	tar -xf "$tarball" -C "$tree.new" --strip-components=1
	for patch in $(series); do
		patch -d "$tree.new" -p1 -s --no-backup-if-mismatch < "$patch"
	done
	mv "$tree.new" "$tree"
	;;
own)
	tree=$2
	if [ ! -f "$tree/arch/x86/Kconfig" ]; then
		echo "guest: $tree is not a kernel source tree" >&2
		exit 1
	fi
	if grep -q '^config UMVMM_GUEST' "$tree/arch/x86/Kconfig"; then
		echo "guest: $tree has the umvmm patches already: left as it is"
		exit 0
	fi
	# One stream: git checks all of it before it touches anything.
	if ! cat $(series) | (cd "$tree" && git apply --check); then
		echo "guest: the patches in $patches do not apply to $tree (they are for 6.1): nothing changed" >&2
		exit 1
	fi
	cat $(series) | (cd "$tree" && git apply)
	echo "guest: applied the patches in $patches to $tree"
	;;
*)
	echo "usage: $0 unpack TARBALL TREE | own TREE" >&2
	exit 2
	;;
esac
