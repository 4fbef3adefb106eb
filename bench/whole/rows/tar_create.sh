# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# tar_create - tar packs a tree of 300 files, sixteen times.
#
# Packages: tar coreutils
# Needs: tar rm wc
before() { rm -f ./*.tar; }

work() {
	for i in 1 2 3 4 5 6 7 8 a b c d e f g h; do
		tar -cf $i.tar -C "$D" tree
	done
}

check() {
	tar -df h.tar -C "$D" >&2
	expect "number of files" "$(tar -tf 1.tar | wc -l)" 321
}
