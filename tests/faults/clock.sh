# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# clock.sh - the guest's time of day is the host's, within a second: after a boot that was held
# up before the guest's clock counted by the TSC, and after the VM was stopped. Its real-time
# clock shows the host's time, and keeps what the guest sets, over a reset, too.
#
# Sourced by run.sh.
clock=$work/faults/clock out=$work/faults/clock/out err=$work/faults/clock/err
rm -rf "$clock"
mkdir -p "$clock"
judged_since=$(seconds)
rtc=/sys/class/rtc/rtc0/since_epoch clock_slack=1

in_clock() { timeout 100 "$umvmm" exec clock "$@" < /dev/null; }

# clock_agrees SHIFT COMMAND…: what it says is the host's time, and so many seconds more, give or
# take $clock_slack. However long the answer takes.
clock_agrees() {
	local shift=$1 before after told
	shift
	before=$(date +%s)
	told=$(in_clock "$@") && after=$(date +%s) && [ "$told" -ge $((before + shift - clock_slack)) ] &&
		[ "$told" -le $((after + shift + clock_slack)) ] && return
	echo "    $*: $told; the host has $before to ${after-}, and $shift"
	return 1
}

# The guest's kernel counts ticks then, of which none comes while a debugger has it.
clock_held() {
	vm_start 300 run -S -n clock -e 'echo up; exec sleep 1000' < /dev/null > "$out" 2> "$err"
	soon vm_listed clock &&
		timeout 200 "$umvmm" gdb clock -- -batch -ex 'set pagination off' -ex 'break console_init' \
			-ex continue -ex 'shell sleep 5' -ex delete -ex detach > "$clock/gdb" 2>&1 &&
		soon grep -q up "$out" && grep -q 'Breakpoint 1, ' "$clock/gdb" && clock_agrees 0 date +%s
}
clock_device() {
	in_clock test -c /dev/rtc0 && clock_agrees 0 cat $rtc && in_clock hwclock -r -u > "$clock/hwclock" &&
		grep -q "$(date -u +%Y)" "$clock/hwclock"
}
# Somebody has set the guest's time wrong; what the clock says mends it.
clock_read() {
	in_clock date -s @1000000 > /dev/null && ! clock_agrees 0 date +%s > /dev/null && in_clock hwclock -s -u &&
		clock_agrees 0 date +%s
}
# The clock is set; each date and hwclock drops a part of a second.
clock_set() {
	local shift=86400000 clock_slack=4
	in_clock date -s "@$(($(date +%s) + shift))" > /dev/null && in_clock hwclock -w -u &&
		clock_agrees $shift cat $rtc && in_clock date -s @1000000 > /dev/null && in_clock hwclock -s -u &&
		clock_agrees $shift date +%s && in_clock date -s "@$(date +%s)" > /dev/null &&
		in_clock hwclock -w -u && clock_agrees 0 cat $rtc
}
clock_states() { ps -o state= -p "$(vm_pids "$vm_pid" | tail -n +2 | paste -s -d ,)"; }
clock_all_stopped() { ! clock_states | grep -q '^[^TD]'; }
clock_stopped() {
	local manager
	manager=$("$umvmm" list --json | sed 's/.*"pid":\([0-9]*\).*/\1/')
	kill -TSTP "$manager"
	soon clock_all_stopped
	sleep 4
	kill -CONT "$manager"
	clock_agrees 0 date +%s && clock_agrees 0 cat $rtc
}
clock_end() {
	"$umvmm" stop clock
	wait "$vm_pid"
	vm_gone
}
# A battery keeps it.
clock_reset() {
	local status
	rm -f "$clock/input"
	mkfifo "$clock/input"
	exec 8<> "$clock/input"
	vm_start 300 run -n clock < "$clock/input" > "$out" 2> "$err" 8>&-
	echo 'echo u""p; date -s @86400 > /dev/null; hwclock -w -u; reboot -f' >&8
	soon grep -q '^up' "$out" && soon grep -q 'reboot: Restarting' "$out"
	echo "echo read \$(cat $rtc); poweroff -f" >&8
	wait "$vm_pid"
	status=$?
	exec 8>&-
	told=$(sed -n 's/^read \([0-9]*\).*/\1/p' "$out")
	vm_gone && [ $status = 0 ] && [ "${told:-0}" -ge 86399 ] && [ "$told" -lt 200000 ] && return
	echo "    status $status, $told"
	return 1
}

judged clock "clock: a boot that is held up" "" clock_held
judged clock "clock: the device" "" clock_device
judged clock "clock: the VM was stopped" "" clock_stopped
judged clock "clock: read by the guest" "" clock_read
judged clock "clock: set by the guest" "" clock_set
judged clock "clock: end" "" clock_end
judged clock "clock: set, and reset" "" clock_reset
rm -rf "$clock"
