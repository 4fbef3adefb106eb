# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# tar_extract - tar unpacks 300 files, sixteen times.
#
# Packages: tar coreutils
# Needs: tar rm mkdir
prepare() { tar -cf tree.tar -C "$D" tree; }
before() { rm -rf ./[1-8a-h]; mkdir 1 2 3 4 5 6 7 8 a b c d e f g h; }

work() {
	for i in 1 2 3 4 5 6 7 8 a b c d e f g h; do
		tar -xf tree.tar -C $i
	done
}

check() {
	tar -df tree.tar -C 1 >&2
	tar -df tree.tar -C h >&2
}
