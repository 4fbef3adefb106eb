# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# monitor_trace.sh - what umvmm prints of the monitor's stack when the monitor was at fault:
# the host sends it a signal that only a bug could have caused.
#
# Sourced by run.sh.
mkdir -p "$work/faults"
out=$work/faults/out err=$work/faults/err

sleeps() { [ "$(ps -o state= -p "$1")" = S ]; }

# traced zygote|context FUNCTIONS OPTION…: a guest in HLT; the zygote, which is the first, or the
# context, the last, dies. FUNCTIONS is all of the trace, as a regular expression.
traced() {
	local pid pids status trace
	: > "$out"
	vm_start 60 run -k "$O/tests/hostile/tables" -m 64M "${@:3}" -p case=wait_for_ever \
		< /dev/null > "$out" 2> "$err"
	soon grep -q loops "$out"
	mapfile -t pids < <(monitors $(vm_pids "$vm_pid"))
	pid=${pids[0]}
	[ "$1" = zygote ] || pid=${pids[-1]}
	soon sleeps "$pid"
	sleep 0.2
	kill -ILL "$pid"
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	trace=$(sed -n 's/^  #[0-9]* *0x[0-9a-f]* \([^+]*\)+.*/\1/p' "$err" | paste -s -d ' ')
	[ $status = 123 ] && [[ $trace =~ ^($2)$ ]] && vm_gone &&
		grep -q '^umvmm: bug of umvmm, monitor at rip .*: signal 4, ' "$err" && return
	echo "    status $status, not 123; trace: $trace"
	vm_kill
	return 1
}

died='monitor_bug .*handle_signal signal_restorer'
while read -r virt isolation; do
	case $virt in
	afterburn) functions="$died halt .*gate_save_rest" ;;
	trap) functions="$died halt .*emulate_insn .*handle_signal signal_restorer" ;;
	esac
	judged_since=$(seconds)
	judged monitor_trace "the monitor in HLT dies" "$virt/$isolation" \
		traced context "$functions" --virt "$virt" --isolation "$isolation"
done < <(modes | cut -d ' ' -f 1,3 | sort -u)
judged monitor_trace "a zygote dies" "" traced zygote "$died zygote_start monitor_main _start"
