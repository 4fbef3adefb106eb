# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# lib.sh - what all parts of the runner use: counting, virtual machines in
# sessions of their own, modes.
#
# Sourced by run.sh and by tests/faults/*.sh, in bash.

umvmm=$O/umvmm
work=$O/tests/work output=$O/tests/work/output
passed=0 failed=0 skipped=0

# report NAME MODE PASS|FAIL|SKIP SECONDS [COMMAND]: one line, and what to type.
report() {
	printf '%-28s %-28s %-4s %6.1f s\n' "$1" "$2" "$3" "$4"
	case $3 in
	PASS) passed=$((passed + 1)) ;;
	SKIP) skipped=$((skipped + 1)) ;;
	*)
		failed=$((failed + 1))
		[ -z "${5-}" ] || echo "    again: $5"
		;;
	esac
}

# Whoever keeps only the end of what a long run prints sees there what has failed: the end
# of each one's output (indented, before its line) and its line. $output is what was printed.
failures() {
	[ "$failed" = 0 ] && return
	echo "failed:"
	awk '/^    again:/ { next }
		/^    / { last[++lines] = $0; next }
		/ FAIL +[0-9.]+ s$/ {
			for (i = lines > 6 ? lines - 5 : 1; i <= lines; i++)
				print last[i]
			names[++count] = $0
		}
		{ lines = 0 }
		END { for (i = 1; i <= count; i++) print names[i] }' "$output"
}

summary() {
	if [ "$skipped" -gt 0 ]; then
		echo "$passed passed, $failed failed, $skipped skipped"
	else
		echo "$passed passed, $failed failed"
	fi
	[ "$failed" = 0 ]
}

# lane_output: what another run.sh has printed (standard input), and its count to ours.
lane_output() {
	local line
	while IFS= read -r line; do
		case $line in
		*" passed, "*" failed"*)
			set -- ${line//,/}
			passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + ${5:-0}))
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

seconds() { echo "${EPOCHREALTIME/,/.}"; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f", b - a }'; }

# judged TEST NAME MODE COMMAND…: the command was a condition, which took from the last one (or
# judged_since) until now. $err is what the VM has said.
judged() {
	local test=$1 name=$2 mode=$3
	shift 3
	if "$@"; then
		report "$name" "$mode" PASS "$(since "$judged_since")"
	else
		tail -n 3 "$err" | sed 's/^/    /'
		report "$name" "$mode" FAIL "$(since "$judged_since")" "tests/run.sh faults $test"
	fi
	judged_since=$(seconds)
}

# by_mode COMMAND…: with the rights that files' modes give, if by root, too.
by_mode() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# told STATUS REGEX COMMAND…: it ends so, with one line that says why, and says nothing else.
told() {
	local want=$1 regex=$2 status
	shift 2
	"$@" 2>&1 < /dev/null | cat > "$work/told" # a limit on files is not cat's
	status=${PIPESTATUS[0]}
	[ "$status" = "$want" ] && [ "$(wc -l < "$work/told")" = 1 ] &&
		grep -Eq "^umvmm: .*$regex" "$work/told" && return
	echo "    $*: status $status, not $want with '$regex':"
	head -n 5 "$work/told" | sed 's/^/    /'
	return 1
}

# soon COMMAND…: it succeeds within a minute or so, however busy the host is.
soon() {
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# runs_on: the guest, which writes to $out all the time.
grown() { [ "$(wc -c < "$out")" -gt "$1" ]; }
runs_on() {
	local before
	before=$(wc -c < "$out")
	soon grown "$before" && return
	echo "    the guest stands still"
	return 1
}

# vm_listed NAME: it runs.
vm_listed() { "$umvmm" list 2> /dev/null | grep -q "^$1 "; }

# flag FILE NAME: is NAME among the test's flags? value FILE NAME DEFAULT: NAME=…
flag() { grep -Eq "^( \*|#) Flags:.*\b$2\b" "$1"; }
value() {
	local v
	v=$(sed -n "s/^\( \*\|#\) Flags:.*\b$2=\([0-9]*\).*/\2/p" "$1")
	echo "${v:-$3}"
}

# host_has FEATURE: does this host (tests/host/features.c)? lacks FILE WHERE: one that the
# test needs, in its head "needs-FEATURE", or "native-FEATURE" where it runs natively.
host_has() {
	[ -n "${host_features-}" ] || host_features=" $("$O/tests/host/features" | tr '\n' ' ') "
	[[ $host_features = *" $1 "* ]]
}
lacks() {
	local feature
	for feature in $HOST_FEATURES; do
		host_has "$feature" && continue
		flag "$1" "needs-$feature" && return
		[ "$2" = native ] && flag "$1" "native-$feature" && return
	done
	return 1
}
HOST_FEATURES="cpuid-step breakpoints code32 nt tsd selectors"
# For tests of which only a part needs one.
host_lacks() {
	local feature
	for feature in $HOST_FEATURES; do
		host_has "$feature" || echo "$feature"
	done | paste -s -d ' '
}

# Every umvmm runs in a session of its own: the processes of session
# $1 that still exist (zombies too), as process ids.
session_pids() {
	local stat rest
	for stat in /proc/[0-9]*/stat; do
		# no process for each of them: that takes seconds on a busy host
		{ read -r rest < "$stat"; } 2> /dev/null || continue
		# pid (name) state ppid pgrp session: the name may hold anything
		set -- "$1" ${rest##*) }
		[ "${2-}${3-}" = Z1 ] && continue # init will reap it
		[ "${5-}" = "$1" ] && echo "${rest%% *}"
	done
}

# vm_pids SESSION: all processes of the VM whose umvmm runs in it, lowest number first; also
# contexts that have outlived their manager, which are run.sh's children ($TESTS_REAPER).
vm_pids() {
	ps -e -o pid= -o ppid= -o sid= -o stat= -o comm= |
		awk -v session="$1" -v reaper="${TESTS_REAPER:-1}" -f bench/processes.awk | sort -n
}

# named COMM PIDS…: those of the processes that are called so.
named() {
	local name=$1 pid
	shift
	for pid; do
		[ "$(cat "/proc/$pid/comm")" != "$name" ] || echo "$pid"
	done
}

# vm_start SECONDS ARGS…: sets vm_pid, the session. Streams are the caller's.
vm_start() {
	local limit=$1
	shift
	# bash gives a background command /dev/null unless told otherwise
	if [ -e /proc/self/fd/0 ]; then
		setsid timeout --preserve-status -k 5 "$limit" "$umvmm" "$@" <&0 9>&- 3>&- &
	else
		setsid timeout --preserve-status -k 5 "$limit" "$umvmm" "$@" <&- 9>&- 3>&- &
	fi
	vm_pid=$!
}

# vm_kill: ends all that is left of the VM.
vm_kill() {
	local pid
	for pid in $(vm_pids "$vm_pid"); do
		kill -9 "$pid" 2> /dev/null
	done
}

# monitors PID…: those of them that run the monitor, whose executable is a memfd.
monitors() {
	local pid
	for pid; do
		case $(readlink "/proc/$pid/exe") in
		*memfd*) echo "$pid" ;;
		esac
	done
}

# vm_gone: within a second no process of the VM is left and no file of it.
vm_gone() {
	local i left
	for ((i = 0; i < 20; i++)); do
		left=$(vm_pids "$vm_pid")
		[ -z "$left" ] && break
		sleep 0.05
	done
	if [ -n "$left" ]; then
		echo "processes are left: $(echo $left)"
		vm_kill
		return 1
	fi
	left=$(find "$XDG_RUNTIME_DIR/umvmm" -mindepth 1 2> /dev/null)
	if [ -n "$left" ]; then
		echo "files are left: $left"
		rm -f $left
		return 1
	fi
}

# vm_counter VM NAME: of umvmm stats, the sum of all vCPUs.
vm_counter() {
	"$umvmm" stats "$1" --json | grep -o "\"$2\":[0-9]*" | awk -F : '{ n += $2 } END { print n + 0 }'
}

# fed DIR: DIR/input is a pipe, into which descriptor 8 writes until has_ended.
fed() {
	rm -f "$1/input"
	mkfifo "$1/input"
	exec 8<> "$1/input"
}

# judge STATUS NAME MODE START TEST FILE…: reports it; where STATUS is not 0 with the files' ends.
judge() {
	local status=$1 name=$2 mode=$3 start=$4 test=$5
	shift 5
	if [ "$status" = 0 ]; then
		report "$name" "$mode" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$@" | sed 's/^/    /'
	report "$name" "$mode" FAIL "$(since "$start")" "tests/run.sh faults $test"
}

# has_ended STATUS: the VM, whose input was descriptor 8, ends so; nothing of it is left.
has_ended() {
	local status
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	exec 8>&-
	[ $status = "$1" ] || echo "    status $status, not $1"
	[ $status = "$1" ] && vm_gone
}

# The modes that this umvmm and this host have: it refuses the others before it
# looks at the kernel. One line each: virt redirect isolation cpus.
modes() {
	local virt redirect isolation cpus status
	for virt in afterburn trap; do
	for redirect in gate sigsys ptrace; do
	for isolation in none pku users split; do
	for cpus in 1 2; do
		"$umvmm" run --virt $virt --redirect $redirect --isolation $isolation -c $cpus \
			-k /nonexistent < /dev/null > /dev/null 2>&1
		status=$?
		[ $status = 2 ] || echo "$virt $redirect $isolation $cpus"
	done
	done
	done
	done
}

# Where the monitor's program lies: "FROM TO", whole pages.
monitor_text() {
	nm "$O/umvmm-monitor.elf" | awk '$3 == "__text_start" { from = $1 } $3 == "__text_end" { to = $1 }
		END { print from, to }' | while read -r from to; do
		printf '%#x %#x\n' $((0x$from & ~4095)) $(((0x$to + 4095) & ~4095))
	done
}

mode_name() { echo "$1/$2/$3/${4}cpu"; }
# The guest suite has users@1000, too: its programs run as that user.
# POLL=always makes user siblings be polled for as often as that can be done.
mode_options() { echo "--virt $1 --redirect $2 --isolation ${3%@*} -c $4${POLL:+ --poll $POLL}"; }
