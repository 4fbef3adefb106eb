# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# inspect.sh - umvmm ps, umvmm bt, and what is printed when the guest fails: against what
# the guest says itself, in several modes; under load; and what goes wrong. Whatever they
# look at, the guest runs on. inspect.py looks at what they have printed.
#
# Sourced by run.sh.
inspect=$work/faults/inspect out=$work/faults/inspect/out err=$work/faults/inspect/err
rm -rf "$inspect"
mkdir -p "$inspect/root/tests" "$inspect/module"

# What a check that has failed has left does not spoil the next one.
anew() {
	[ -z "$vm_pid" ] || vm_kill
	"$umvmm" list > /dev/null
	: > "$out"
	judged_since=$(seconds)
}

# inspecting ARGS…: a VM named inspected; it has said "ready". What "go" writes is its input.
inspecting() {
	anew
	rm -f "$inspect/input"
	mkfifo "$inspect/input"
	exec 8<> "$inspect/input"
	vm_start 200 run -n inspected -i "$O/guest/initramfs.cpio.gz" -i "$inspect/tests.cpio" "$@" \
		< "$inspect/input" > "$out" 2> "$err" 8>&-
	soon grep -qx ready "$out" && { sleep 0.5; return; } # its process 1 sleeps again
	echo "    the guest does not get ready"
}
go() { echo go >&8; }

stopped() { "$umvmm" stop inspected && has_ended 0; }

looks() { python3 tests/faults/inspect.py "$@"; }

# The guest's archive: sleepers, and modules that have been built outside of the tree.
archive() {
	cp tests/modules/linger.c tests/modules/crash.c "$inspect/module" &&
		echo 'obj-m := linger.o crash.o' > "$inspect/module/Kbuild" &&
		make -s -C "$O/guest/linux-obj" M="$(realpath "$inspect/module")" modules > "$inspect/log" 2>&1 &&
		cp "$inspect"/module/*.ko "$inspect/root/tests" &&
		strip -o "$inspect/root/tests/sleepers" "$O/tests/faults/sleepers" &&
		(cd "$inspect/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) \
			> "$inspect/tests.cpio" && return
	cat "$inspect/log"
	return 1
}

# ---- against what the guest says itself ----

ps_as_told() {
	cp "$out" "$inspect/told" && "$umvmm" ps -T inspected > "$inspect/ps-T" &&
		"$umvmm" ps inspected > "$inspect/ps" &&
		looks tasks "$inspect/told" "$inspect/ps-T" "$inspect/ps"
}
ps_json() {
	"$umvmm" ps -T --json inspected > "$inspect/ps-json" &&
		looks tasks_json "$inspect/ps-json" "$inspect/ps-T"
}
bt_as_told() {
	"$umvmm" bt inspected -a > "$inspect/bt-a" &&
		looks stacks "$inspect/told" "$inspect/bt-a" "$O/guest/vmlinux"
}
# The stack of the first of them, as a person asks for it.
bt_stack() { # COMM
	local pid
	pid=$(awk -v comm="$1" '$NF == comm { print $1; exit }' "$inspect/ps-T")
	"$umvmm" bt inspected -p "$pid" > "$inspect/bt-p" || return
	awk '/^  #/ { sub(/\+.*/, "", $3); printf "%s ", $3 } /^  user code at rip/ { printf "user" }' \
		"$inspect/bt-p"
}
bt_of() { # COMM: the same as among all
	bt_stack "$1" || return
	awk -v head="$(head -n 1 "$inspect/bt-p")" '$1 == "task" { ours = $0 == head } ours' \
		"$inspect/bt-a" | diff - "$inspect/bt-p"
}
call="do_syscall_64 entry_SYSCALL_64_after_hwframe user"
slept="__schedule schedule do_nanosleep hrtimer_nanosleep * __x64_sys_clock_nanosleep $call"
bt_of_one() {
	[[ "$(bt_of in_nanosleep)" = $slept ]] &&
		[ "$(bt_of in_read)" = "__schedule schedule pipe_read vfs_read ksys_read $call" ] &&
		[ "$(bt_of '[kdevtmpfs]')" = \
			"__schedule schedule devtmpfs_work_loop devtmpfsd kthread ret_from_fork " ] && return
	cat "$inspect/bt-p"
	return 1
}
# All sleep: soon each CPU is idle. Some kernel thread may be up now and then. Another CPU
# than 0 begins with a call that is its function's last instruction: start_secondary.
idles() { # CPU
	local origin=start_kernel
	[ "$1" = 0 ] || origin=start_secondary
	"$umvmm" bt inspected "$1" > "$inspect/bt-cpu" &&
		[ "$(grep '^CPU' "$inspect/bt-cpu")" = "CPU $1: task 0 [swapper/$1], state R" ] &&
		grep -q ' do_idle+0x' "$inspect/bt-cpu" && grep -q " $origin+0x" "$inspect/bt-cpu" &&
		! grep -q '^  user' "$inspect/bt-cpu"
}
bt_idles() { # CPUS
	local cpu idle
	for _ in 1 2 3 4 5; do
		idle=0
		for ((cpu = 0; cpu < $1; cpu++)); do
			idles $cpu && idle=$((idle + 1))
		done
		[ $idle = "$1" ] && "$umvmm" bt inspected > "$inspect/bt-cpu" &&
			[ "$(grep -c '^CPU' "$inspect/bt-cpu")" = "$1" ] &&
			told 125 "has no CPU $1" "$umvmm" bt inspected "$1" && return
	done
	cat "$inspect/bt-cpu"
	return 1
}

# ---- under load ----

load='while :; do (:); done &
	while :; do (: ; :); done &
	while :; do cat /proc/self/maps > /dev/null; done &
	dd if=/dev/zero of=/dev/null bs=16M 2> /dev/null &
	dd if=/dev/zero of=/dev/null bs=1 2> /dev/null &
	while :; do ls -lR /sys/kernel > /dev/null 2>&1; done &
	echo loaded; while sleep 0.05; do echo .; done'

under_load() { # COUNT COMMAND…: each time it succeeds, and says nothing on stderr
	local count=$1
	shift
	for ((i = 0; i < count; i++)); do
		"$umvmm" "$@" 2> "$inspect/complaint" || break
		[ ! -s "$inspect/complaint" ] || break
	done
	[ $i = "$count" ] && return
	echo "    $*, run $i: $(cat "$inspect/complaint")"
	return 1
}
ps_under_load() { # COUNT
	go
	soon grep -qx loaded "$out"
	under_load "$1" ps -T inspected > "$inspect/ps-load" && runs_on &&
		looks tasks_under_load "$inspect/ps-T" "$inspect/ps-load" "$1"
}
# Interrupts, page faults and switches land anywhere. Each frame still has a name, is sure,
# and returns to behind a call; each stack has its beginning; who sleeps has not moved.
bt_under_load() { # COUNT COUNT-OF-ALL
	under_load "$1" bt inspected > "$inspect/bt-load" &&
		under_load "$2" bt inspected -a > "$inspect/bt-a-load" && runs_on &&
		looks stacks_under_load "$inspect/bt-a" "$O/guest/vmlinux" "$inspect/bt-load" "$1" \
			"$inspect/bt-a-load" "$2"
}

# ---- what goes wrong ----

refused() {
	local words
	for words in "ps" "ps -T" "ps -x inspected" "ps -T inspected 1" "ps inspected -- 1" "ps -T=1 inspected" \
		"bt" "bt -a" "bt inspected x" "bt inspected -1" "bt inspected 1x" "bt inspected 0 0" \
		"bt inspected 99999999999" "bt inspected -p" "bt inspected -p x" "bt inspected -p 1 1" \
		"bt inspected -a -a"; do
		told 2 'usage: umvmm (ps|bt) ' "$umvmm" $words || return
	done
	told 2 'usage' "$umvmm" bt inspected '' && told 2 'x: .*usage' "$umvmm" bt inspected -p x &&
		told 125 'no such VM' "$umvmm" ps nobody && told 125 'no such VM' "$umvmm" ps -T nobody &&
		told 125 'no such VM' "$umvmm" ps ../umvmm/inspected &&
		[ "$("$umvmm" ps inspected -T | head -n 1)" = "$("$umvmm" ps -T inspected | head -n 1)" ] &&
		told 125 'no such VM' "$umvmm" bt nobody && told 125 'no such VM' "$umvmm" bt nobody -a &&
		told 125 'has no CPU 1' "$umvmm" bt inspected 1 &&
		told 125 'has no task 99999; umvmm ps -T' "$umvmm" bt inspected -p 99999 && runs_on
}
no_room() {
	local words
	for words in "ps inspected" "bt inspected" "bt inspected -a"; do
		"$umvmm" $words > /dev/full 2> "$inspect/line"
		[ $? = 125 ] && grep -q 'standard output: No space' "$inspect/line" || return
	done
}
# While another client has it stopped. ps needs no stop.
busy() { # WHAT SOCKET
	local status pid
	rm -f "$inspect/hold" "$inspect/stops"
	mkfifo "$inspect/hold"
	exec 7<> "$inspect/hold"
	looks stops "$XDG_RUNTIME_DIR/umvmm/inspected.$2" "$1" < "$inspect/hold" \
		> "$inspect/stops" 2>&1 7>&- 8>&- &
	pid=$!
	soon grep -qs stopped "$inspect/stops"
	told 125 'a gdb is connected, or another umvmm dump or bt' "$umvmm" bt inspected &&
		told 125 'a gdb is connected, or another umvmm dump or bt' "$umvmm" bt inspected -p 1 &&
		"$umvmm" ps inspected > "$inspect/ps" && grep -q ' init$' "$inspect/ps"
	status=$?
	exec 7>&-
	wait $pid || { cat "$inspect/stops"; return 1; }
	[ $status = 0 ] && runs_on && "$umvmm" bt inspected > "$inspect/bt-cpu"
}
# bt waits for the tracer, which is halted, and the VM ends.
ends_before() {
	kill -STOP "$(named umvmm-tracer $(session_pids "$vm_pid"))" && looks ends "$umvmm" inspected before && has_ended 0
}
ends_meanwhile() { looks ends "$umvmm" inspected meanwhile && has_ended 0; }

# A guest that is no Linux, and Linux without BTF: what begins it is no magic number.
no_linux() {
	local params
	anew
	params="case=spin $(monitor_text | { read -r from to; echo "text=$from text_end=$to"; })"
	vm_start 200 run -n inspected -k "$O/tests/hostile/tables" -m 64M -p "$params" < /dev/null \
		> "$out" 2> "$err"
	soon vm_listed inspected
	told 125 'has not said where its things are' "$umvmm" ps inspected &&
		told 125 'has not said where its things are' "$umvmm" bt inspected &&
		told 125 'has not said where its things are' "$umvmm" bt inspected -a && stopped
}
no_btf() {
	LC_ALL=C sed 's/\x9f\xeb\x01\x00\x18\x00\x00\x00/\x00\xeb\x01\x00\x18\x00\x00\x00/g' \
		"$O/guest/vmlinux" > "$inspect/vmlinux"
	inspecting -k "$inspect/vmlinux" -e 'echo ready; sleep 60'
	told 125 'no BTF: .*make guest' "$umvmm" ps -T inspected &&
		told 125 'no BTF: .*make guest' "$umvmm" bt inspected 0 &&
		"$umvmm" dmesg inspected | grep -q 'Linux version' && stopped
}

# ---- traced ----

# What the function graph tracer, a kretprobe, and both have put in the place of addresses to
# return to.
traced='cd /sys/kernel/tracing
	echo do_nanosleep hrtimer_nanosleep > set_ftrace_filter
	echo function_graph > current_tracer
	echo "r:one hrtimer_nanosleep" > kprobe_events
	echo "r:two __x64_sys_clock_nanosleep" >> kprobe_events
	echo 1 > events/kprobes/enable
	sleep 77 & echo ready; sleep 60'
traced_stack() {
	"$umvmm" ps inspected > "$inspect/ps-T"
	[[ "$(bt_stack sleep)" = $slept ]] && return
	cat "$inspect/bt-p"
	return 1
}

# ---- modules ----

module_stacks() {
	local pid comm where='\+0x[0-9a-f]+/0x[0-9a-f]+'
	for comm in insmod '[lingers]'; do
		pid=$("$umvmm" ps inspected | awk -v comm="$comm" '$NF == comm { print $1 }')
		"$umvmm" bt inspected -p "$pid" || return
	done > "$inspect/bt-p"
	grep -Eq "^  #4 .* linger_init$where \[linger\]$" "$inspect/bt-p" &&
		grep -Eq "^  #5 .* do_one_initcall$where$" "$inspect/bt-p" &&
		grep -Eq "^  #3 .* linger(\.constprop\.0)?$where \[linger\]$" "$inspect/bt-p" &&
		grep -Eq "^  #4 .* linger_thread$where \[linger\]$" "$inspect/bt-p" &&
		grep -Eq "^  #5 .* kthread$where$" "$inspect/bt-p" &&
		! grep -E '\? |no symbol' "$inspect/bt-p" && return
	cat "$inspect/bt-p"
	return 1
}
module_fails() {
	go
	has_ended 124 && failure 'the guest kernel panicked' && grep -A 1 -e '--- interrupted ---' "$err" |
		grep -Eq '^  #.* crash_init\+0x[0-9a-f]+/0x[0-9a-f]+ \[crash\]$'
}

# ---- failures ----

# failure VERDICT: stderr has a task, registers, a stack down to user code, and last VERDICT.
failure() {
	[[ $(tail -n 1 "$err") = "umvmm: $1"* ]] && [ "$(grep -c '^CPU [0-9]*: task ' "$err")" = 1 ] &&
		grep -A 99 '^CPU [0-9]*: task ' "$err" > "$inspect/failure" &&
		[ "$(grep -c '^  r[a-z0-9]* *[0-9a-f]\{16\}' "$inspect/failure")" = 5 ] &&
		grep -q '^  cr2 ' "$inspect/failure" && grep -q '^  user code at rip 0x' "$inspect/failure" &&
		! grep -E '^  #.*(\? |no symbol)' "$inspect/failure" && return
	echo "    not as expected:"
	sed 's/^/    /' "$err" | tail -n 40
	return 1
}
panics() { # ARGS…
	anew
	vm_start 200 run -n inspected -c 2 "$@" -e 'echo c > /proc/sysrq-trigger; sleep 20' \
		< /dev/null > "$out" 2> "$err"
}
panicked() {
	panics
	has_ended 124 && failure 'the guest kernel panicked' &&
		grep -Eq '^  #.* sysrq_handle_crash\+0x' "$inspect/failure" &&
		grep -Eq '^  #.* ksys_write\+0x' "$inspect/failure" && ! grep 'the end of its log' "$err"
}
triple_fault() {
	anew
	vm_start 200 run -n inspected -c 2 -p reboot=t -e 'reboot -f; sleep 20' < /dev/null \
		> "$out" 2> "$err"
	has_ended 124 && failure 'triple fault in the guest at rip 0x' &&
		grep -Eq '^  #0 .* native_machine_emergency_restart\+0x' "$inspect/failure" &&
		grep -Eq '^  #1 .* __do_sys_reboot\+0x' "$inspect/failure" &&
		grep -A 99 '^the end of its log:$' "$err" > "$inspect/log" &&
		[ "$(wc -l < "$inspect/log")" = 14 ] &&
		tail -n 2 "$inspect/log" | head -n 1 | grep -q 'reboot: machine restart$'
}
# The VM is kept: the other CPU was interrupted, in its idle task or whatever it was at.
hangs() {
	local cpu
	panics --on-panic hang
	soon grep -q 'the VM is kept' "$err"
	"$umvmm" bt inspected > "$inspect/bt-cpu" && "$umvmm" ps inspected > "$inspect/ps" || return
	cpu=$(awk '$1 == "CPU" { cpu = $2 + 0 } / sysrq_handle_crash\+0x/ { print cpu }' "$inspect/bt-cpu")
	"$umvmm" bt inspected "$cpu" | grep -q ' sysrq_handle_crash+0x' &&
		"$umvmm" bt inspected $((1 - cpu)) > "$inspect/bt-cpu" &&
		grep -A 1 ' asm_sysvec_reboot+0x' "$inspect/bt-cpu" |
		grep -Eq '^  (--- interrupted ---$|user code at)' &&
		[ "$(grep -c ' R\*.* exec$' "$inspect/ps")" = 1 ] && "$umvmm" stop inspected && has_ended 124 &&
		! grep '^CPU' "$err" && return
	cat "$inspect/bt-cpu"
	return 1
}

if judged_since=$(seconds) && archive; then
	own=$(modes | awk '$1 == "afterburn" && $2 == "gate" && $4 == 2 { print $3 }' |
		grep -x -e pku -e split -e users | head -n 1)
	for mode in "afterburn gate none 1" "afterburn gate ${own:-none} 2" "trap sigsys none 2"; do
		modes | grep -qx "$mode" || continue
		inspecting $(mode_options $mode) -e "/tests/sleepers & read x; $load"
		judged inspect "ps" "$(mode_name $mode)" ps_as_told
		judged inspect "ps --json" "$(mode_name $mode)" ps_json
		judged inspect "bt -a" "$(mode_name $mode)" bt_as_told
		judged inspect "bt of one task" "$(mode_name $mode)" bt_of_one
		judged inspect "bt of idle CPUs" "$(mode_name $mode)" bt_idles "${mode##* }"
		# with split the guest leaves little time to us, on some hosts (neighbours.sh)
		counts="200 100 10"
		case $mode in
		*" split "*) counts="40 20 5" ;;
		"trap "*) counts="100 50 5" ;;
		esac
		judged inspect "ps under load" "$(mode_name $mode)" ps_under_load ${counts%% *}
		judged inspect "bt under load" "$(mode_name $mode)" bt_under_load ${counts#* }
		judged inspect "stop under load" "$(mode_name $mode)" stopped
	done
	inspecting -e 'echo ready; while sleep 0.05; do echo .; done'
	judged inspect "ps and bt, refused" "" refused
	judged inspect "ps and bt, no room" "" no_room
	judged inspect "bt while it is frozen" "" busy freeze sock
	judged inspect "bt while it is debugged" "" busy gdb gdb
	judged inspect "bt, the VM ends before" "" ends_before
	inspecting -e 'echo ready; sleep 60'
	judged inspect "bt, the VM ends meanwhile" "" ends_meanwhile
	judged inspect "ps and bt of no Linux" "" no_linux
	judged inspect "ps and bt without BTF" "" no_btf
	inspecting -e "$traced"
	judged inspect "bt of traced calls" "" traced_stack
	inspecting -p oops=panic -e 'insmod /tests/linger.ko & sleep 0.5; echo ready; read x
		insmod /tests/crash.ko'
	judged inspect "bt of modules" "" module_stacks
	judged inspect "a module's init fails" "" module_fails
	judged inspect "panic, stack" "" panicked
	judged inspect "triple fault, stack and log" "" triple_fault
	judged inspect "--on-panic hang, ps and bt" "" hangs
else
	report "ps and bt" "" FAIL "$(since "$judged_since")" "tests/run.sh faults inspect"
fi
rm -rf "$inspect/module" "$inspect/root" "$inspect/vmlinux" "$inspect/tests.cpio"
