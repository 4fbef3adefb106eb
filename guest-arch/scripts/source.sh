#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# source.sh - unpack a fresh kernel tree and patch it.
#
# usage: source.sh TARBALL TREE
#
# Runs: on the build host.
#
# Must hold: a TREE that exists is complete; TREE/.umvmm-patches has the patches as
# they were applied (own-tree.sh).
set -eu

patches=$(cd "$(dirname "$0")/../patches" && pwd)
tarball=$1 tree=$2

if [ ! -f "$tarball" ]; then
	echo "guest: $tarball is missing: install linux-source-6.1, or name your own tree with KDIR=" >&2
	exit 1
fi
rm -rf "$tree" "$tree.new"
mkdir -p "$tree.new"
tar -xf "$tarball" -C "$tree.new" --strip-components=1
sed '/^#/d; /^$/d' "$patches/series" | while read -r patch; do
	patch -d "$tree.new" -p1 -s --no-backup-if-mismatch < "$patches/$patch" || {
		echo "guest: $patch does not apply to ${tarball##*/}" >&2
		exit 1
	}
done
mkdir "$tree.new/.umvmm-patches"
cp "$patches"/*.patch "$patches/series" "$tree.new/.umvmm-patches/"
mv "$tree.new" "$tree"
