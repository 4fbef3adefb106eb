# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# forks - fork and exec of 300 small programs by xargs.
#
# Packages: findutils coreutils
# Needs: xargs seq cat echo
work() {
	seq 1 300 | xargs -n 1 echo
}

check() {
	expect "the output" "$(cat out)" "$(seq 1 300)"
}
