# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sh_pipes - a shell script of pipes: five processes in each.
#
# Packages: dash coreutils grep
# Needs: seq grep sort head wc
work() {
	i=0
	while [ $i -lt 30 ]; do
		seq 1 200 | grep "$((i % 10))" | sort -r | head -n 30 | wc -l
		i=$((i + 1))
	done
}

# Of the numbers 1 to 200, 29 have a 0, and more than 30 any other digit.
check() {
	expect "numbers without a 0" "$(grep -c '^30$' out)" 27
	expect "numbers with a 0" "$(grep -c '^29$' out)" 3
}
