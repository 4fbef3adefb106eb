# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# guest.sh - runs tests/guest/ in the guest: one boot for each mode.
#
# Sourced by run.sh. The tests go into an archive of their own, behind the
# guest's initial RAM disk; tests/guest/driver runs in the guest and prints
# "START name", the test's output, and "RESULT name status seconds". When the
# guest dies or hangs in a test, that test has failed and the rest is run by
# another boot.

# make_archive FILE [MORE…]: /tests/* and what dynamically linked programs need.
make_archive() {
	local root=$O/tests/root archive=$1 path test lib
	shift
	rm -rf "$root"
	mkdir -p "$root/tests"
	cp tests/guest/driver "$O/tests/as" "$@" "$root/tests/"
	for path in tests/guest/*.sh; do
		cp "$path" "$root/tests/$(basename "$path" .sh)"
	done
	for path in tests/guest/*.c; do
		test=$(basename "$path" .c)
		strip -o "$root/tests/$test" "$O/tests/guest/$test" || return
		flag "$path" dynamic || continue
		for lib in $(ldd "$O/tests/guest/$test" | grep -o '/[^ ]*'); do
			[ -e "$root$lib" ] || install -D "$lib" "$root$lib"
		done
	done
	chmod -R a+rX,u+w "$root"
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$archive"
}

# Which tests make sense in this mode.
guest_tests() {
	local isolation=$3 path test
	for path in tests/guest/*.c tests/guest/*.sh; do
		test=$(basename "${path%.*}")
		wanted "$test" || continue
		lacks "$path" guest && continue
		# root's programs need no wall with users
		flag "$path" isolated && [[ $isolation = none || $isolation = users ]] && continue
		flag "$path" slow && [ "$1 $2" = "trap ptrace" ] && continue
		flag "$path" afterburn && [ "${ALL_MODES-} $1" = " trap" ] && continue
		flag "$path" gate && [ "$2" != gate ] && continue
		flag "$path" root && [[ $isolation = *@* ]] && continue
		flag "$path" trusted && [ "$isolation" != users ] && continue
		[ "$test" = stress ] && [ ${#only[@]} = 0 ] && continue
		echo "$test"
	done
}

source_of() { ls "tests/guest/$1.c" "tests/guest/$1.sh" 2> /dev/null; }

# The limit of a test in a guest, in seconds: trapping takes its time, and so do busy hosts.
limit_of() {
	local limit=0
	limit=$(value "$(source_of "$1")" timeout 20)
	echo $((limit * 4))
}

guest_result() { # test status seconds dir
	local test=$1 status=$2 log=$4/$1.log
	if [ "$status" = 0 ]; then
		report "$test" "$mode" PASS "$3"
		return
	fi
	tail -n 20 "$log" | sed 's/^/    /'
	echo "    status $status, output in $4"
	report "$test" "$mode" FAIL "$3" "tests/run.sh --mode \"$mode_words\" guest $test"
}

# boot_tests DIR TESTS…: one boot; sets done_count to how many tests ended.
boot_tests() {
	local dir=$1 line current="" start status what user=
	shift
	done_count=0
	mkdir -p "$dir"
	rm -f "$dir/out"
	mkfifo "$dir/out"
	[[ $mode_words != *@* ]] || { user=${mode_words#*@} user="-u ${user%% *}"; }
	# both ends at once: opening one alone would wait for the other, and the machine
	# must have its end before we close ours
	exec 6<> "$dir/out"
	vm_start 1200 run $(mode_options $mode_words) -m 256M -i "$O/guest/initramfs.cpio.gz" \
		-i "$O/tests/tests.cpio" -e "export HOST_LACKS='$HOST_LACKS'; exec /tests/driver $user $(for what; do
			echo "$what:$(limit_of "$what")"; done | tr '\n' ' ')" \
		< /dev/null >&6 2> "$dir/stderr" 6>&-
	start=$(seconds)
	exec 5< "$dir/out" 6>&-
	while IFS= read -r -t $(($(limit_of "${current:-$1}") + 10)) line <&5; do
		case $line in
		"START "*)
			current=${line#START }
			start=$(seconds)
			: > "$dir/$current.log"
			;;
		"RESULT "*)
			set -- ${line#RESULT }
			guest_result "$1" "$2" "$3" "$dir"
			current=
			done_count=$((done_count + 1))
			;;
		*) [ -z "$current" ] || printf '%s\n' "$line" >> "$dir/$current.log" ;;
		esac
	done
	what=$?
	exec 5<&-
	rm -f "$dir/out"
	if [ $what -gt 128 ]; then
		echo "the guest hangs" >> "$dir/stderr"
		"$umvmm" stats "vm-$(session_pids "$vm_pid" | sed -n 2p)" >> "$dir/stderr" 2>&1
		vm_kill
	fi
	wait "$vm_pid"
	status=$?
	vm_gone >> "$dir/stderr" || status="$status, and something is left behind"
	[ -z "$current" ] && [ "$status" = 0 ] && return
	tail -n 20 "$dir/stderr" | sed 's/^/    /'
	echo "    the VM ended with status $status"
	if [ -n "$current" ]; then
		echo "the guest died or hangs" >> "$dir/$current.log"
		guest_result "$current" lost "$(since "$start")" "$dir"
		done_count=$((done_count + 1))
	else
		report "(end of the guest)" "$mode" FAIL "$(since "$start")"
	fi
}

guest_mode() { # mode words, tests
	local round=0 tests
	mode_words=$1 mode=$(mode_name $1)
	shift
	tests=("$@")
	while [ ${#tests[@]} -gt 0 ] && [ $round -lt 12 ]; do
		boot_tests "$work/guest/${mode//\//-}.$round" "${tests[@]}"
		if [ $done_count = 0 ]; then
			report "(boot)" "$mode" FAIL 0 "$umvmm run $(mode_options $mode_words)"
			return
		fi
		tests=("${tests[@]:done_count}")
		round=$((round + 1))
	done
	[ ${#tests[@]} = 0 ] || report "(${#tests[@]} tests not run)" "$mode" FAIL 0
}

# One lane: takes the next mode from standard input, which the lanes share; one CPU where
# that is enough. The lock is for the line: a pipe's reader takes byte by byte.
guest_lane() {
	local words cpus=
	while flock 8 && read -r words && flock -u 8; do
		[ "${words##* }" = 1 ] && cpus="taskset -c $1" || cpus=
		TEST_LANE=1 $cpus tests/run.sh --mode "$words" guest "${only[@]}" < /dev/null 8>&-
	done 8< "$work/guest/modes"
}

# check_modes: of all modes (standard input), those of make check: the default redirect with
# each isolation, one CPU and two; of the others so many that each two words out of virt,
# redirect and isolation meet. For this users counts as none and split: what it trusts runs as
# with none, all else as with split. make check-long has all modes: ALL_MODES=1.
check_modes() {
	local virt redirect isolation cpus
	while read -r virt redirect isolation cpus; do
		case "${ALL_MODES-} $virt $redirect $isolation $cpus" in
		1\ * | " afterburn gate "* | " afterburn sigsys none 2" | " afterburn ptrace "[sp]*" 1" | \
			" trap gate users 1" | " trap sigsys "[sp]*" 2" | " trap ptrace none 2")
			echo "$virt $redirect $isolation $cpus" ;;
		esac
	done
}

# With users the tests run as root, who needs no wall there, and as somebody who does; with trap
# only in all modes.
both_users() {
	local alone=trap
	[ -z "${ALL_MODES-}" ] || alone=none
	sed "/^$alone /!s/^\\(.*\\) users \\(.*\\)/&\\n\\1 users@1000 \\2/"
}

# These modes in two lanes: the other CPU of a small machine would be idle.
guest_lanes() {
	local host
	mapfile -t host < <(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' |
		sed 's/\(.*\)-\(.*\)/seq \1 \2/;t;s/^/echo /' | sh)
	# trapping takes longest: first
	modes | check_modes | both_users | sort -r > "$work/guest/modes"
	cat "$work/guest/modes" | {
		guest_lane "${host[0]}" <&0 &
		[ ${#host[@]} -lt 2 ] || guest_lane "${host[1]}" <&0 &
		trap 'kill $(jobs -p) 2> /dev/null; exit' TERM
		wait
	}
}

suite_guest() {
	if [ -n "${TEST_LANE-}" ]; then
		guest_mode "$only_mode" $(guest_tests $only_mode)
		return
	fi
	make_archive "$O/tests/tests.cpio" || { report "(archive)" guest FAIL 0; return; }
	rm -rf "$work/guest"
	mkdir -p "$work/guest"
	if [ -n "$only_mode" ]; then
		guest_mode "$only_mode" $(guest_tests $only_mode)
		return
	fi
	exec 4< <(guest_lanes)
	lanes_pid=$!
	lane_output <&4
	exec 4<&-
	lanes_pid=
}

# Two minutes: a quarter of them Debian's stress-ng in one mode, the others our own
# stress, divided among the modes.
suite_stress() {
	local words seconds=${STRESS_SECONDS:-120} all share
	stress_ng $((seconds / 4)) ${only_mode:-afterburn gate none 2}
	seconds=$((seconds - seconds / 4))
	make_archive "$O/tests/tests.cpio" || { report "(archive)" stress FAIL 0; return; }
	mapfile -t all < <([ -n "$only_mode" ] && echo "$only_mode" || modes)
	share=$((seconds / ${#all[@]}))
	for words in "${all[@]}"; do
		stress_one "$words" $share
	done
}

# stress_ng SECONDS MODE: its timer stressor is the free-running interrupt source. The limit
# on pending signals is one for all of a user: sigrt fills it, and then there are no timers.
stress_ng() {
	local status start dir=$work/stress/ng share=$1
	shift
	mode_words=$* mode=$(mode_name $*)
	tests/selftests/build.sh || { report "(build)" stress-ng FAIL 0; return; }
	mkdir -p "$dir"
	start=$(seconds)
	vm_start $((share * 2 + 120)) run $(mode_options $mode_words) -m 1G \
		-i "$O/guest/initramfs.cpio.gz" -i "$O/selftests/tools.cpio" \
		-e "ulimit -i unlimited; stress-ng --verify --timeout $share --metrics-brief --cpu 1 --vm 1 \
		--vm-bytes 64M --fork 1 --context 1 --sigq 1 --sigsegv 1 --sigrt 1 --timer 1 \
		--timer-freq 20000 --mmap 1 --mmap-bytes 32M --fault 1 --pipe 1 --sock 1 &&
		! dmesg | grep -E 'BUG:|WARNING:|Oops|rcu.*stall|soft lockup'" \
		< /dev/null > "$dir/stdout" 2> "$dir/stderr"
	wait "$vm_pid"
	status=$?
	if [ $status = 0 ] && vm_gone; then
		report stress-ng "$mode" PASS "$(since "$start")"
		return
	fi
	vm_gone
	tail -n 20 "$dir/stdout" "$dir/stderr" | sed 's/^/    /'
	echo "    status $status, output in $dir"
	report stress-ng "$mode" FAIL "$(since "$start")" "tests/run.sh --mode \"$mode_words\" stress"
}

stress_one() {
	local status start dir
	mode_words=$1 mode=$(mode_name $1) dir=$work/stress/${mode//\//-}
	mkdir -p "$dir"
	start=$(seconds)
	vm_start $(($2 + 60)) run $(mode_options $mode_words) -m 256M -i "$O/guest/initramfs.cpio.gz" \
		-i "$O/tests/tests.cpio" -e "/tests/stress $2" < /dev/null > "$dir/stdout" 2> "$dir/stderr"
	wait "$vm_pid"
	status=$?
	if [ $status = 0 ] && vm_gone; then
		report stress "$mode" PASS "$(since "$start")"
		return
	fi
	vm_gone
	tail -n 20 "$dir/stdout" "$dir/stderr" | sed 's/^/    /'
	echo "    status $status, output in $dir"
	report stress "$mode" FAIL "$(since "$start")" "tests/run.sh --mode \"$mode_words\" stress"
}
