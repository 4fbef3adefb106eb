#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sysrq.sh - /proc/sysrq-trigger: help, registers, tasks, memory, a backtrace of
# every CPU. The crash by sysrq is in tests/faults/inspect.sh.
#
# Flags: guest-only root
status=0
expect() {
	dmesg -c > /dev/null
	echo "$1" > /proc/sysrq-trigger
	sleep 0.1
	dmesg | grep -qE "$2" || {
		echo "sysrq $1: expected $2, got:"
		dmesg | tail -n 20
		status=1
	}
}
echo 1 > /proc/sys/kernel/sysrq
expect h 'HELP'
expect p 'Show Regs'
expect t 'task:init .*pid:1 '
expect m 'Mem-Info'
expect w 'Show Blocked State'
expect l 'Show backtrace of all active CPUs'
expect q 'hrtimer_bases|clock 0'
exit $status
