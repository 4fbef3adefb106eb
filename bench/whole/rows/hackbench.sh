# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# hackbench - 20 senders and 20 receivers, which are processes, through pipes.
#
# Packages: rt-tests grep
# Needs: hackbench grep
work() {
	hackbench -p -g 1 -f 20 -l 400
}

check() {
	grep -q '^Running in process mode with 1 groups using 40 file descriptors each (== 40 tasks)' out ||
		fail "it is not 40 processes"
	grep -q '^Time: [0-9]' out || fail "it did not end"
}
