# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# sandbox.sh - what the manager and the tracer of a VM may not do, whoever has got them to try
# (inject.c): it fails, or the VM ends and says why. Contexts have their own filter, and no
# other.
#
# Sourced by run.sh.
mkdir -p "$work/faults"
out=$work/faults/out err=$work/faults/err

sandboxed() { # ARGS…: a VM, and its processes by name
	: > "$out"
	vm_start 200 run "$@" -n sandboxed -e 'echo up; while :; do echo; sleep 0.01; done' < /dev/null > "$out" 2> "$err"
	soon grep -q up "$out"
	mapfile -t pids < <(vm_pids "$vm_pid")
	manager=$(named umvmm "${pids[@]}") tracer=$(named umvmm-tracer "${pids[@]}")
}
sandboxed_status() { sed -n "s/^$2:\t//p" "/proc/$1/status"; }

# One filter each, as each more is asked, too; hosts before 5.19 do not count them.
sandboxed_filters() {
	local pid count
	for pid in $manager $tracer $(monitors "${pids[@]}"); do
		count=$(sandboxed_status "$pid" Seccomp_filters)
		[ "$(sandboxed_status "$pid" Seccomp)" = 2 ] || {
			# zygotes of siblings run nothing of the guest's
			[ "$pid" != "$manager" ] && [ "$pid" != "$tracer" ] && continue
			echo "    $pid has no filter"
			return 1
		}
		[ "$(sandboxed_status "$pid" NoNewPrivs)" = 1 ] && [ "${count:-1}" = 1 ] && continue
		echo "    $pid: NoNewPrivs $(sandboxed_status "$pid" NoNewPrivs), filters $count"
		return 1
	done
}

# sandboxed_refuses PID CALL…: each fails with EPERM, and the guest runs on.
sandboxed_refuses() {
	local pid=$1 call said
	shift
	for call; do
		said=$("$O/tests/faults/inject" "$pid" "$call")
		[ "$said" = 1 ] && continue
		echo "    $call: ${said:-nothing}"
		return 1
	done
	runs_on
}

# sandboxed_ends PID CALL STATUS REGEX: the VM ends, and says why.
sandboxed_ends() {
	local said status
	said=$("$O/tests/faults/inject" "$1" "$2")
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	[ "$said" = SIGSYS ] && [ $status = "$3" ] && grep -Eq "$4" "$err" && vm_gone && return
	echo "    $2: $said, status $status"
	vm_kill
	return 1
}
sandboxed_stop() {
	"$umvmm" stop sandboxed > /dev/null
	wait "$vm_pid"
	vm_gone
}

judged_since=$(seconds)
for isolation in none split; do
	sandboxed --isolation $isolation -c 2
	judged sandbox "sandbox: one filter each" $isolation sandboxed_filters
	judged sandbox "sandbox: end" $isolation sandboxed_stop
done
sandboxed
"$O/tests/faults/inject" "$manager" getuid > /dev/null
if [ $? = 77 ]; then
	report "sandbox: injected calls" "no ptrace" SKIP 0
	sandboxed_stop
else
	judged sandbox "sandbox: manager" "" sandboxed_refuses "$manager" open openat openat2 unlink \
		ptrace clone memfd_create ioctl prctl
	judged sandbox "sandbox: tracer" "" sandboxed_refuses "$tracer" open openat openat2 unlink \
		memfd_create ioctl socketpair
	judged sandbox "sandbox: end" "" sandboxed_stop
	for call in execve socket process_vm_writev; do
		sandboxed
		judged sandbox "sandbox: manager, $call" "" sandboxed_ends "$manager" $call 123 \
			'^umvmm: the manager has made system call [0-9]*, which it may not'
	done
	for call in execve connect; do
		sandboxed
		judged sandbox "sandbox: tracer, $call" "" sandboxed_ends "$tracer" $call 125 \
			'^umvmm: the tracer has made system call [0-9]*, which it may not'
	done
fi
