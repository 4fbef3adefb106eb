# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# awk - mawk counts the words of 320,000 lines.
#
# Packages: mawk coreutils
# Needs: mawk cat
prepare() { words_times 8 words; }

# shellcheck disable=SC2016 # awk's
work() {
	mawk '{ for (i = 2; i <= NF; i++) count[$i]++; sum += $1 }
		END { for (w in count) n += count[w]; printf "%d %d %.0f\n", n, length(count), sum }' words
}

check() {
	expect "words, different ones, sum of the numbers" "$(cat out)" "960000 1961 159853606920"
}
