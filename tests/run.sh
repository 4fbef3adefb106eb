#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - runs tests and counts them.
#
# usage: tests/run.sh [--mode "VIRT REDIRECT ISOLATION CPUS"] SUITE… [TEST…]
#	 tests/run.sh [SUITE…] beside:SUITE SUITE… wait [SUITE…]
#
# "beside:" runs a suite at the same time as those up to "wait".
#
# SUITE is unit, native, guest, bare, hostile, fuzz, faults, modules, kicks, target, smp, qemu,
# pku, gdb, selftests, fragments, kunit, drgn, crash, bench, programs or stress; with TESTs only
# these.
# make check-… builds what it needs. O is the build directory. A test that
# fails keeps its output under $O/tests/work and prints how to run it again; what failed
# is told once more at the end, and how long each of several suites took. The last line is
# "N passed, N failed"; the status is 0 if none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
# Processes whose parents have died shall be ours, and not init's: prctl(PR_SET_CHILD_SUBREAPER).
if [ "${TESTS_REAPER-}" != $$ ]; then
	TESTS_REAPER=$$ exec python3 -c 'import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
os.execvp("bash", ["bash"] + sys.argv[1:])' tests/run.sh "$@"
fi
export TESTS_REAPER
O=${O:-build}
export O
. tests/lib.sh
. tests/guest.sh
. tests/pku/suite.sh
. tests/selftests/suite.sh
. tests/vmcore/suite.sh
. tests/fragments/suite.sh
. tests/gdb/suite.sh
. tests/bench/suite.sh
. tests/programs/suite.sh
. tests/kunit/suite.sh

only_mode=
suites=()
only=()
while [ $# -gt 0 ]; do
	case $1 in
	--mode) only_mode=$2; shift ;;
	unit | native | guest | bare | hostile | fuzz | faults | modules | kicks | target | smp | qemu | pku | gdb | \
	selftests | fragments | kunit | drgn | crash | bench | programs | stress | beside:* | wait) suites+=("$1") ;;
	-*) echo "usage: tests/run.sh [--mode MODE] SUITE... [TEST...]" >&2; exit 2 ;;
	*) only+=("$1") ;;
	esac
	shift
done

# wanted NAME: shall this test run?
wanted() {
	local name
	[ ${#only[@]} = 0 ] && return
	for name in "${only[@]}"; do
		[ "$name" = "$1" ] && return
	done
	return 1
}

# simple NAME MODE LIMIT SUITE COMMAND…: passes when the command exits with 0.
simple() {
	local name=$1 mode=$2 limit=$3 suite=$4 start log status
	shift 4
	mkdir -p "$work/$suite"
	log=$work/$suite/$name.log
	start=$(seconds)
	timeout -k 5 "$limit" "$@" > "$log" 2>&1 < /dev/null
	status=$?
	if [ $status = 0 ]; then
		report "$name" "$mode" PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$log" | tail -n 20
	echo "    status $status, output in $log"
	report "$name" "$mode" FAIL "$(since "$start")" "tests/run.sh $suite $name"
}

suite_unit() {
	local test
	for test in tests/unit/test_*.c; do
		test=$(basename "$test" .c)
		wanted "$test" && simple "$test" unit 700 unit "$O/tests/unit/$test"
	done
}

suite_native() {
	local test path
	for path in tests/guest/*.c tests/guest/*.sh; do
		test=$(basename "${path%.*}")
		wanted "$test" || continue
		flag "$path" guest-only && continue
		lacks "$path" native && { report "$test" native SKIP 0; continue; }
		[ "${path%.sh}" = "$path" ] && path=$O/tests/guest/$test
		simple "$test" native $(($(value "tests/guest/$(basename "$test").c" timeout 20 2> /dev/null) * 4)) \
			native "$path"
	done
}

# A freestanding guest ends the VM through port 0xf4 with 0.
suite_bare() {
	local path test all mode
	all=$(modes | cut -d ' ' -f 1-3 | uniq)
	# with users a guest that trusts nobody runs as with split: one way of virtualisation will do
	[ -n "${ALL_MODES-}" ] || all=$(grep -v '^trap.*users' <<< "$all")
	for path in tests/bare/*.c; do
		test=$(basename "$path" .c)
		[ "$test" = lib ] && continue
		wanted "$test" || continue
		lacks "$path" guest && { report "bare/$test" bare SKIP 0; continue; }
		while read -r mode; do
			flag "$path" afterburn && [[ $mode != "afterburn "* ]] && continue
			flag "$path" redirects || [[ $mode = *" gate "* ]] && bare_one "$test" $mode
		done <<< "$all"
	done
}

bare_one() {
	local test=$1 virt=$2 redirect=$3 isolation=$4 start status log want command mode
	mkdir -p "$work/bare"
	log=$work/bare/$test-$virt-$redirect-$isolation.log
	mode=$virt/$isolation
	[ $redirect = gate ] || mode=$virt/$redirect/$isolation
	command="run -k $O/tests/bare/$test --virt $virt --redirect $redirect --isolation $isolation -p isolation=$isolation -m 64M"
	want=$(value "tests/bare/$test.c" status 0)
	start=$(seconds)
	vm_start "$(value "tests/bare/$test.c" timeout 120)" $command < /dev/null > "$log" 2>&1
	wait "$vm_pid"
	status=$?
	if [ $status = "$want" ] && vm_gone; then
		report "bare/$test" $mode PASS "$(since "$start")"
		return
	fi
	tail -n 20 "$log" | sed 's/^/    /'
	echo "    status $status, not $want"
	report "bare/$test" $mode FAIL "$(since "$start")" "$umvmm $command"
}

# A short, repeatable run of each fuzzer, without what earlier runs have found.
suite_fuzz() {
	local path target
	for path in tests/fuzz/*.c; do
		target=$(basename "$path" .c)
		[ "$target" = quiet ] && continue
		wanted "$target" || continue
		rm -rf "$O/fuzz/corpus/$target"
		simple "$target" "libFuzzer" 400 fuzz tests/fuzz/run.sh "$target" -runs="${FUZZ_RUNS:-20000}" \
			-seed=1 -max_total_time=15
	done
}

# Guests that mean harm.
suite_hostile() {
	. tests/hostile/run.sh
}

suite_faults() {
	local path test
	for path in tests/faults/*.sh; do
		test=$(basename "$path" .sh)
		wanted "$test" || continue
		. "$path"
	done
}

# The same image on emulated hardware.
suite_qemu() {
	local cpus
	for cpus in 1 2; do
		wanted qemu-$cpus || continue
		simple qemu-$cpus "qemu tcg" 700 qemu guest-arch/scripts/qemu-boot.sh -t 600 -c $cpus \
			-d "$O/guest"
	done
	wanted qemu-shell || return
	simple qemu-shell "qemu tcg" 700 qemu guest-arch/scripts/qemu-boot.sh -t 600 -s -d "$O/guest"
}

# Modules: in the tree, from outside, refused, and one that oopses.
suite_modules() {
	local virt
	for virt in afterburn trap; do
		wanted modules-$virt || continue
		simple modules-$virt "$virt" 900 modules tests/modules/run.sh $virt
	done
	! wanted signed || simple signed "" 60 modules tests/modules/signed.sh
}

# A kick on every instruction of the gates; CPUID of user code where it faults.
suite_kicks() {
	local isolation dir=$O/tests/kicks
	kicks_prepare || { report "(lists)" kicks FAIL 0; return; }
	for isolation in $(modes | cut -d ' ' -f 3 | sort -u); do
		# to a user sibling the gates do not lead; without, users has those of none
		[[ $isolation != split && $isolation != users ]] && wanted kicks-$isolation || continue
		simple kicks-$isolation "$isolation" 900 kicks tests/kicks/check.sh "$dir/kick_at" "$dir" \
			$isolation "$umvmm" run -k "$O/guest/vmlinux" -i "$O/guest/initramfs.cpio.gz"
	done
	for isolation in $(modes | cut -d ' ' -f 3 | sort -u); do
		wanted cpuid-$isolation || continue
		simple cpuid-$isolation "$isolation" 600 kicks "$dir/cpuid_fault" "$umvmm" run \
			--isolation $isolation -k "$O/guest/vmlinux" -i "$O/guest/initramfs.cpio.gz" \
			-i "$dir/tests.cpio" -e 'echo go; read x; /tests/cpuid_user'
	done
}

# The lists, and a guest's archive with the programs that run.
kicks_prepare() {
	local dir=$O/tests/kicks
	rm -rf "$dir/root"
	mkdir -p "$dir/root/tests"
	tests/kicks/lists.sh "$dir" &&
		strip -o "$dir/root/tests/syscall_registers" "$O/tests/guest/syscall_registers" &&
		strip -o "$dir/root/tests/cpuid_user" "$dir/cpuid_user" &&
		(cd "$dir/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$dir/tests.cpio"
}

# target_mode NAME VIRT REDIRECT ISOLATION CPUS [OPTIONS…]
target_mode() {
	local name=$1 virt=$2 redirect=$3 isolation=$4 cpus=$5 dir=$O/tests/target
	shift 5
	wanted "$name" || return
	TARGET_SYMBOLS=$dir/symbols simple "$name" "$virt/$redirect/$isolation/${cpus}cpu" \
		300 target tests/target/check.sh "$dir/driver" run --virt "$virt" --redirect "$redirect" \
		--isolation "$isolation" -c "$cpus" -k "$O/guest/vmlinux" \
		-i "$O/guest/initramfs.cpio.gz" -i "$dir/tests.cpio" "$@" -e /tests/debuggee
}

# A debugger's work, in so many modes that each word of a mode is there twice; where the host has
# debug registers, also without.
suite_target() {
	local words
	target_prepare || { report "(archive)" target FAIL 0; return; }
	while read -r words; do
		set -- $words
		target_mode "$3-$2" $words
		! host_has breakpoints || target_mode "$3-$2-emulated" $words --debug-registers off
	done < <([ -n "$only_mode" ] && echo "$only_mode" || target_modes)
	wanted triple_fault || return
	TARGET_EXIT=3 simple triple_fault "" 200 target tests/target/check.sh "$O/tests/target/driver" run -c 2 \
		-k "$O/guest/vmlinux" -i "$O/guest/initramfs.cpio.gz" -p reboot=t -e 'reboot -f'
}

# Of those that there are.
target_modes() {
	local mode
	for mode in "afterburn gate none 1" "trap sigsys none 2" "afterburn ptrace none 2" \
		"afterburn gate split 2" "afterburn sigsys split 1" "trap ptrace split 2" "afterburn gate users 2" "afterburn ptrace users 1" "afterburn gate pku 2"; do
		modes | cut -d ' ' -f 1-3 | grep -qx "${mode% *}" && echo "$mode"
	done
}

# The symbols of both, debuggee's first, and a guest's archive with it.
target_prepare() {
	local dir=$O/tests/target
	rm -rf "$dir/root"
	mkdir -p "$dir/root/tests"
	nm "$dir/debuggee" > "$dir/symbols" && nm "$O/guest/vmlinux" >> "$dir/symbols" &&
		strip -o "$dir/root/tests/debuggee" "$dir/debuggee" &&
		(cd "$dir/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$dir/tests.cpio"
}

# Load, hotplug and ends on several CPUs; more CPUs than the host has, too.
suite_smp() {
	local cpus
	for cpus in 2 4; do
		wanted smp-$cpus || continue
		simple smp-$cpus "$cpus CPUs" 1200 smp tests/smp/run.sh -s 15 -c $cpus
	done
}

# timed SUITE: runs it; $times has a line for it then.
timed() {
	local timed_start
	timed_start=$(seconds)
	"suite_$1"
	[ -z "$times" ] || printf '%-12s %8.1f s\n' "$1" "$(since "$timed_start")" >> "$times"
}

# beside SUITE: in a session of its own, so that all of it can be ended.
beside() {
	TESTS_TIMES=$times TEST_LANE=1 setsid tests/run.sh "$1" > "$work/beside" 2>&1 < /dev/null 9>&- 3>&- &
	beside_pid=$!
}

beside_wait() {
	wait "$beside_pid"
	beside_pid=
	lane_output < "$work/beside"
}

beside_kill() {
	local pid
	[ -n "$beside_pid" ] || return
	for pid in $(session_pids "$beside_pid"); do
		kill "$pid" 2> /dev/null
	done
}

mkdir -p "$work"
# A suite beside others has its time in their file; lanes of a suite have none.
times=${TESTS_TIMES-}
unset TESTS_TIMES
# One run at a time in a build directory: the next waits for its end. TEST_LANE is set
# for a part of such a run (guest.sh).
if [ -z "${TEST_LANE-}" ]; then
	exec 9> "$O/tests/lock"
	flock -n 9 || { echo "waiting for another run in $O" >&2; flock 9; }
	exec 3>&1 > >(exec tee "$output" 9>&- 3>&-)
	tee_pid=$!
	times=$work/times
	: > "$times"
fi
XDG_RUNTIME_DIR=$(mktemp -d /tmp/umvmm-tests.XXXXXX) || exit 1
export XDG_RUNTIME_DIR
HOST_LACKS=$(host_lacks)
export HOST_LACKS
vm_pid=
lanes_pid=
beside_pid=
# A second signal, perhaps from whoever started us, must not end the cleaning.
trap 'trap "" INT TERM HUP
	beside_kill
	[ -z "$vm_pid" ] || vm_kill; [ -z "$lanes_pid" ] || kill "$lanes_pid" 2> /dev/null
	rm -rf "$XDG_RUNTIME_DIR"' EXIT
trap 'exit 130' INT TERM HUP
# No core files of contexts that a test kills.
ulimit -c 0

# In braces: bash reads the rest of a script while it runs, and it may be edited.
{
	for suite in "${suites[@]}"; do
		case $suite in
		beside:*) beside "${suite#*:}" ;;
		wait) beside_wait ;;
		*) timed "$suite" ;;
		esac
	done
	if [ -z "${TEST_LANE-}" ]; then
		exec >&3 3>&- # tee's end
		wait "$tee_pid"
		failures
		[ ${#suites[@]} = 1 ] || { echo "time of each suite:"; cat "$times"; }
	fi
	summary
	exit
}
