# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# ends.sh - how a VM ends: by itself, by its user, by its death, by the death of
# any of its processes. Within a second nothing of it is left.
#
# Sourced by run.sh.
mkdir -p "$work/faults"
out=$work/faults/out err=$work/faults/err

# ended NAME STATUS [REGEX]: the VM has ended so, and is gone.
ended() {
	local status
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	if [[ $status =~ ^($2)$ ]] && vm_gone && { [ -z "${3-}" ] || grep -Eq "$3" "$err"; }; then
		report "$1" "status $2" PASS "$(since "$ended_start")"
		return
	fi
	tail -n 5 "$err" | sed 's/^/    /'
	echo "    status $status, not $2${3:+, with '$3'}"
	report "$1" "status $2" FAIL "$(since "$ended_start")" "tests/run.sh faults $test"
	vm_kill
}

# guest NAME STATUS COMMAND [REGEX [OPTION…]]
guest() {
	local name=$1 status=$2 command=$3 regex=${4-}
	shift $(($# < 4 ? $# : 4))
	ended_start=$(seconds)
	vm_start 200 run "$@" -e "$command" < /dev/null > "$out" 2> "$err"
	ended "$name" "$status" "$regex"
}

guest "panic" 124 'echo c > /proc/sysrq-trigger; sleep 20' '^umvmm: .*panic'
guest "power-off under -e" 125 'poweroff -f; sleep 20' '^umvmm: .*powered off'
guest "reboot under -e" 125 'reboot -f; sleep 20' '^umvmm: .*reboot'
guest "reboot by process 1" 125 'reboot; sleep 20' '^umvmm: .*reboot'

# No CPU will ever run again; and a panic that does not reset. The others' CPUs halt then.
for cpus in 1 2; do
	guest "halt, $cpus CPUs" 124 'halt -f; sleep 20' '^umvmm: the guest is dead.*halted with interrupts off' -c $cpus
	guest "panic without reset, $cpus CPUs" 124 'echo 0 > /proc/sys/kernel/panic
		echo c > /proc/sysrq-trigger; sleep 20' '^umvmm: .*panic' -c $cpus
done
# Whoever only prints what a panic does goes on, waiting or busy. The loop makes no system call.
guest "somebody else's last words" 7 'echo "---[ end Kernel panic - not syncing: no ]---" > /dev/console
	i=0; while [ $i -lt 1000000 ]; do i=$((i + 1)); done
	for i in 1 2 3 4 5 6; do sleep 0.5; done; exit 7'
guest "one CPU of two halts for good" 7 'echo 0 > /sys/devices/system/cpu/cpu1/online
	for i in 1 2 3; do sleep 1; done; exit 7' '' -c 2

for poweroff in 'poweroff -f' poweroff; do
	ended_start=$(seconds)
	vm_start 200 run < <(sleep 2; echo "$poweroff"; sleep 20) > "$out" 2> "$err"
	ended "$poweroff on the console" 0
done
ended_start=$(seconds)
vm_start 200 run -k "$O/tests/bare/triple_fault" -m 64M < /dev/null > "$out" 2> "$err"
ended "triple fault" 124 '^umvmm: .*triple fault'

# A VM that runs for long; its processes: timeout, the manager, its steward, the tracer, then
# contexts.
long() {
	: > "$out"
	vm_start 200 run "$@" -n tested -e 'echo up; while :; do echo; sleep 0.01; done' < /dev/null > "$out" 2> "$err"
	soon grep -q up "$out"
	mapfile -t pids < <(vm_pids "$vm_pid")
	manager=$(ps_child "$vm_pid")
	ended_start=$(seconds)
}

# The first process whose parent is $1, within the session.
ps_child() {
	local pid stat
	for pid in "${pids[@]}"; do
		stat=$(cat "/proc/$pid/stat" 2> /dev/null) || continue
		set -- "$1" ${stat##*) }
		[ "$3" = "$1" ] && { echo "$pid"; return; }
	done
}

for sig in TERM INT HUP QUIT; do
	long
	kill -$sig "$manager"
	ended "SIG$sig to the manager" $((128 + $(kill -l $sig)))
done
long
kill -KILL "$manager"
sleep 0.5
# nobody was left to remove the socket: whoever looks next does
"$umvmm" list > /dev/null
ended "SIGKILL to the manager" 137
long
kill -KILL "$(named umvmm-tracer "${pids[@]}")"
ended "SIGKILL to the tracer" 125 '^umvmm: the tracer died'
long
steward=$(named umvmm-steward "${pids[@]}")
kill -KILL "$steward"
soon eval '! kill -0 "$manager" 2> /dev/null'
"$umvmm" list > /dev/null # it removes the files of those who are gone, not the manager
ended "SIGKILL to the steward" 125 '^umvmm: the process that starts tracer and monitor died'
long
kill -KILL "$(monitors "${pids[@]}" | head -n 1)"
ended "SIGKILL to the zygote" 125 '^umvmm: .*killed'
long
kill -KILL "$(monitors "${pids[@]}" | tail -n 1)"
ended "SIGKILL to a context" 125 '^umvmm: .*killed'
long
kill -STOP "$manager"
sleep 1
kill -CONT "$manager"
sleep 0.3
kill -TERM "$manager"
ended "SIGSTOP and SIGCONT" 143

# All its processes stop with it, and go on with it.
all_stopped() {
	local state
	mapfile -t pids < <(vm_pids "$vm_pid")
	# the first is timeout; a user sibling that waits for its context is in D
	for state in $(ps -o state= -p "$(echo "${pids[@]:1}" | tr ' ' ,)"); do
		[[ $state = [TD] ]] || return
	done
}
long -c 2
kill -TSTP "$manager"
soon all_stopped
status=$?
kill -CONT "$manager"
if [ $status = 0 ] && runs_on; then kill -TERM "$manager"; else kill -KILL "$manager"; fi
ended "SIGTSTP and SIGCONT" 143

# list, stats, stop
long
"$umvmm" list > "$work/faults/list" && grep -q '^tested' "$work/faults/list" &&
	"$umvmm" list --json | python3 -c 'import json, sys; assert json.load(sys.stdin)[0]["name"] == "tested"' &&
	"$umvmm" stats tested > "$work/faults/stats" && grep -q syscall "$work/faults/stats" &&
	report "list and stats" "" PASS "$(since "$ended_start")" ||
	report "list and stats" "" FAIL "$(since "$ended_start")"
vm_other=$vm_pid
"$umvmm" run -n tested -e true < /dev/null > "$out.2" 2> "$err.2"
status=$?
[ $status = 125 ] && grep -q 'runs already' "$err.2" &&
	report "a name twice" "status 125" PASS "$(since "$ended_start")" ||
	report "a name twice" "status $status" FAIL "$(since "$ended_start")"
vm_pid=$vm_other
"$umvmm" stop tested
ended "stop" 0

# Limits: a message or success, never a hang or a crash.
limited() { # NAME, ulimit option, value
	ended_start=$(seconds)
	(
		ulimit "$2" "$3" || exit 125
		exec setsid timeout --preserve-status -k 5 200 "$umvmm" run -e 'exit 5'
	) < /dev/null > >(cat > "$out") 2> >(cat > "$err") 9>&- & # a limit on files is not cat's
	vm_pid=$!
	wait "$vm_pid"
	status=$?
	if vm_gone && { [ $status = 5 ] || { [ $status = 125 ] && soon grep -q '^umvmm: ' "$err"; }; }; then
		report "$1" "status $status" PASS "$(since "$ended_start")"
		return
	fi
	tail -n 3 "$err" | sed 's/^/    /'
	report "$1" "status $status" FAIL "$(since "$ended_start")" "(ulimit $2 $3; $umvmm run -e 'exit 5')"
}
limited "few open files" -n 12
limited "very few open files" -n 6
limited "little address space" -v 200000
limited "enough address space" -v 4000000
limited "small stack" -s 256
limited "no file size" -f 0
# Not for root: its processes are not counted.
# The limit counts all tasks of the user: enough for us, not for the machine.
[ "$(id -u)" = 0 ] || limited "few processes" -u $(($(ps -L -u "$(id -u)" --no-headers | wc -l) + 6))
