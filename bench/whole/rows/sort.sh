# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sort - sort sorts 80,000 lines by a number, then by a word.
#
# Packages: coreutils
# Needs: sort cat wc
prepare() { words_times 2 words; }

work() {
	sort -n -k 1,1 words > by_number
	sort -u -k 3,3 -k 1,1 words > by_word
}

check() {
	sort -c -n -k 1,1 by_number
	sort -c -u -k 3,3 -k 1,1 by_word
	expect "number of lines" "$(wc -l < by_number)" 80000
	expect "number of different lines" "$(wc -l < by_word)" 40000
}
