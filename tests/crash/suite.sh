# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - vmcores of the kernel of make guest-debug, in the crash of make crash: of a
# guest that runs, and after a panic.
#
# Sourced by run.sh, after tests/drgn/suite.sh, which has dump_one.

suite_crash() {
	local guest=$O/fragment/debug/guest dir=$work/crash what
	local command='modprobe loop; echo a line for the log > /dev/kmsg; sleep 1000 & echo sleep $!
		(while :; do :; done) & echo loop $!; echo shell $$; grep ^loop /proc/modules
		grep MemTotal /proc/meminfo; sleep 0.3; ps -o pid,comm; sleep 1'
	mkdir -p "$dir"
	for what in live panic; do
		wanted $what || continue
		if [ ! -x "$O/crash/crash" ]; then
			echo "    $O/crash/crash is missing: make crash"
			report $what "vmcore in crash" SKIP 0
			continue
		fi
		if dump_one $what "$command" && vm_gone; then
			simple $what "vmcore in crash" 1200 crash python3 tests/crash/check.py "$O/crash/crash" \
				"$guest/vmlinux" "$dir/core" $what "$dir/out" "$(find "$guest/modules" -name loop.ko)"
		else
			report $what "vmcore in crash" FAIL 0 "tests/run.sh crash $what"
		fi
		rm -f "$dir/core"
	done
}
