# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# find - find walks a tree of 300 files, forty times.
#
# Packages: findutils coreutils
# Needs: find wc cp
prepare() { cp -r "$D/tree" .; }

work() {
	i=0
	while [ $i -lt 40 ]; do
		find tree -type f -size +4k -name '*.txt'
		i=$((i + 1))
	done
}

check() {
	expect "number of files found" "$(wc -l < out)" 4560
}
