# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# neighbours.sh - with --isolation split guests that use all CPUs leave some time to processes
# of other sessions. Some hosts' schedulers do not see to that by themselves: rest() in
# umvmm/monitor/sibling.c.
#
# Sourced by run.sh.
mkdir -p "$work/faults"

# Each host CPU of two, one after the other.
neighbours() {
	local start cpu status=0
	start=$(seconds)
	vm_start 200 run -c 2 --isolation split -e 'for i in 1 2; do
		dd if=/dev/zero of=/dev/null bs=1 2> /dev/null & done; sleep 190' < /dev/null \
		> "$work/faults/neighbours" 2>&1
	sleep 1.5
	for cpu in 0 1; do
		# some milliseconds of work
		setsid -w timeout -k 5 60 python3 -c "
import os, time
os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[$cpu % len(os.sched_getaffinity(0))]})
while time.process_time() < 0.05: pass" < /dev/null 9>&- || status=$?
	done
	vm_kill
	{ wait "$vm_pid"; } 2> /dev/null
	rm -f "$XDG_RUNTIME_DIR"/umvmm/*
	if [ $status = 0 ]; then
		report neighbours split PASS "$(since "$start")"
		return
	fi
	cat "$work/faults/neighbours"
	echo "    a process beside the guest got no CPU time within 60 s: status $status"
	report neighbours split FAIL "$(since "$start")" "tests/run.sh faults neighbours"
}

neighbours
