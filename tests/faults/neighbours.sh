# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# neighbours.sh - guests that use all CPUs, with processes that come and go, leave time to
# processes of other sessions. Some hosts' schedulers do not see to that by themselves: a
# vCPU's contexts are in a session of their own (docs/design.md, "Sessions").
#
# Sourced by run.sh.
mkdir -p "$work/faults"

# neighbours ISOLATION: each host CPU of two, one after the other.
neighbours() {
	local start cpu status=0
	start=$(seconds)
	vm_start 200 run -c 2 --isolation "$1" -e 'for i in 1 2; do
		(while :; do cat /proc/uptime > /dev/null; done) & done; echo up; sleep 190' < /dev/null \
		> "$work/faults/neighbours" 2>&1
	soon grep -q up "$work/faults/neighbours"
	for cpu in 0 1; do
		# some milliseconds of work
		setsid -w timeout -k 5 30 python3 -c "
import os, time
os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[$cpu % len(os.sched_getaffinity(0))]})
while time.process_time() < 0.05: pass" < /dev/null 9>&- || status=$?
	done
	vm_kill
	{ wait "$vm_pid"; } 2> /dev/null
	rm -f "$XDG_RUNTIME_DIR"/umvmm/*
	if [ $status = 0 ]; then
		report neighbours "$1" PASS "$(since "$start")"
		return
	fi
	cat "$work/faults/neighbours"
	echo "    a process beside the guest got no CPU time within 30 s: status $status"
	report neighbours "$1" FAIL "$(since "$start")" "tests/run.sh faults neighbours"
}

# The host treats it as nicely as asked for, where each session has its share.
niceness() {
	local start status=1 out=$work/faults/neighbours want=$(($(nice) + 5)) pid
	[ -e /proc/self/autogroup ] || { report niceness "" SKIP 0; return; }
	start=$(seconds)
	nice -n 5 setsid timeout --preserve-status -k 5 200 "$umvmm" run -c 2 -e 'echo up; sleep 190' \
		< /dev/null > "$out" 2>&1 9>&- 3>&- &
	vm_pid=$!
	if soon grep -q up "$out"; then
		status=0
		for pid in $(ps -o pid=,comm= -p "$(vm_pids "$vm_pid" | paste -s -d ,)" |
			awk '$2 == "umvmm-monitor" { print $1 }'); do
			grep -q "nice $((want > 19 ? 19 : want))$" "/proc/$pid/autogroup" && continue
			echo "    process $pid: $(cat "/proc/$pid/autogroup")"
			status=1
		done
	fi
	vm_kill
	{ wait "$vm_pid"; } 2> /dev/null
	rm -f "$XDG_RUNTIME_DIR"/umvmm/*
	[ $status = 0 ] && report niceness "" PASS "$(since "$start")" && return
	report niceness "" FAIL "$(since "$start")" "tests/run.sh faults neighbours"
}

niceness
while read -r mode; do
	neighbours "$mode"
done <<< "$(modes | cut -d ' ' -f 3 | sort -u)"
