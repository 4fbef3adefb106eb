# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# neighbours.sh - guests that use all CPUs, with processes that come and go, leave time to
# processes of other sessions. Some hosts' schedulers do not see to that by themselves: a
# vCPU's contexts are in a session of their own (docs/design.md, "Sessions"). Guests do not
# share a host CPU while there is another.
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

# cpus_of PID: the host CPUs that the contexts below this process may use, a word each.
cpus_of() {
	local pid
	for pid in $(monitors $(vm_pids "$1")); do
		sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status"
	done | sort -u
}

# Guests that start at the same time: none shares a host CPU while fewer are on another. User
# siblings that may be polled for may go to all.
apart() {
	local start pids=() i status=0 out=$work/faults/neighbours want count=4 others
	want=$(nproc)
	[ "$want" -gt 1 ] || { report apart "" SKIP 0; return; }
	[ "$want" -gt $count ] && want=$count
	start=$(seconds)
	others=$(grep -c @umvmm/cpu/ /proc/net/unix) # guests of somebody else: they count, too
	for ((i = 0; i < count; i++)); do
		: > "$out.$i"
		vm_start 200 run -n "apart$i" --poll off -e 'echo up; sleep 190' < /dev/null > "$out.$i" 2>&1
		pids+=("$vm_pid")
	done
	for ((i = 0; i < count; i++)); do
		soon grep -q up "$out.$i" || status=1
		cpus_of "${pids[i]}"
	done > "$out"
	# one CPU each, as many different ones as there are, and as many guests on each
	[ "$(wc -l < "$out")" = $count ] && [ "$(sort -u "$out" | wc -l)" = "$want" ] &&
		[ "$(sort "$out" | uniq -c | awk '{ print $1 }' | sort -un | tail -n 1)" \
			-le $(((count + want - 1) / want + others)) ] || status=1
	for vm_pid in "${pids[@]}"; do
		vm_kill
		{ wait "$vm_pid"; } 2> /dev/null
	done
	rm -f "$XDG_RUNTIME_DIR"/umvmm/*
	[ $status = 0 ] && report apart "" PASS "$(since "$start")" && return
	echo "    host CPUs of $count guests: $(paste -s -d ' ' "$out")"
	report apart "" FAIL "$(since "$start")" "tests/run.sh faults neighbours"
}

apart
niceness
while read -r mode; do
	neighbours "$mode"
done <<< "$(modes | cut -d ' ' -f 3 | sort -u)"
