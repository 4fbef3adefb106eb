# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# grep_r - grep looks for an expression in a tree of 300 files, ten times.
#
# Packages: grep coreutils
# Needs: grep wc cat
work() {
	for i in 0 1 2 3 4 5 6 7 8 9; do
		grep -rnE "o[a-z]+\(.*, [0-9]*$i\)" "$D/tree" | wc -l
	done
}

check() {
	expect "number of lines found" "$(echo $(cat out))" "1211 1192 1150 1148 1085 1129 1138 1152 1172 1111"
}
