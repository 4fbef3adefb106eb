# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sh_commands - a shell loop of short-lived commands.
#
# Packages: coreutils busybox-static
# Needs: basename busybox wc
work() {
	i=0
	while [ $i -lt 120 ]; do
		name=$(basename /a/b/file$i.c .c)
		busybox expr length "$name"
		i=$((i + 1))
	done
}

check() {
	expect "number of lines" "$(wc -l < out)" 120
	expect "their sum" "$(busybox awk '{ n += $1 } END { print n }' out)" 730
}
