# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# run.sh - guests that mean harm: each ends with a documented status and a
# message that names its RIP, or goes on as hardware does and can be stopped.
# All the while another VM runs beside them, and must not notice.
#
# Sourced by the runner. HOSTILE=N makes N times as many of the random ones; with
# SWEEP=1 user code jumps to every byte of the monitor also where most jumps end the VM.
mkdir -p "$work/hostile"
out=$work/hostile/out beside=$work/hostile/beside

# The machine beside, with a registry of its own: vm_gone looks at ours.
XDG_RUNTIME_DIR=$(mktemp -d "$XDG_RUNTIME_DIR/beside.XXXXXX")
export XDG_RUNTIME_DIR
vm_start 7200 run -n beside -e 'while :; do echo tick; sleep 0.1; done' < /dev/null > "$beside" 2>&1
beside_pid=$vm_pid beside_dir=$XDG_RUNTIME_DIR
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR%/*}
soon grep -q tick "$beside"
read -r text text_end < <(monitor_text)
host=with
host_has breakpoints || host=without
isolations=
for isolation in none pku users split; do
	"$umvmm" run --isolation $isolation -k /nonexistent < /dev/null > /dev/null 2>&1
	[ $? = 2 ] || isolations="$isolations $isolation" # on this host
done

# hostile GUEST CASE STATUS REGEX [OPTIONS]: it ends so by itself.
hostile() {
	local start status
	start=$(seconds)
	wanted "$1/$2" || return
	vm_start "${limit-120}" run -k "$O/tests/hostile/$1" -m 64M "${@:5}" -p "case=$2 text=$text text_end=$text_end host=$host" < /dev/null > "$out" 2>&1
	wait "$vm_pid"
	status=$?
	if [ $status = "$3" ] && grep -aEq "$4" "$out" && vm_gone; then
		report "$1/$2" "status $3" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$out" | sed 's/^/    /'
	echo "    status $status, not $3 with '$4'"
	report "$1/$2" "status $3" FAIL "$(since "$start")" \
		"$umvmm run -k $O/tests/hostile/$1 -m 64M ${*:5} -p 'case=$2 text=$text text_end=$text_end host=$host'"
}

# endless GUEST CASE: it never ends; umvmm stop ends it at once.
endless() {
	local start status i
	wanted "$1/$2" || return
	start=$(seconds)
	: > "$out"
	vm_start 100 run -n hostile -k "$O/tests/hostile/$1" -m 64M -p "case=$2 text=$text text_end=$text_end" < /dev/null > "$out" 2>&1
	soon vm_listed hostile
	for ((i = 0; i < 40; i++)); do
		grep -aq . "$out" && break
		sleep 0.05
	done
	sleep 0.1
	timeout 30 "$umvmm" stop hostile > /dev/null 2>&1
	status=$?
	{ wait "$vm_pid"; } 2> /dev/null
	status="$status $?"
	if [ "$status" = "0 0" ] && vm_gone; then
		report "$1/$2" "stop" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$out" | sed 's/^/    /'
	echo "    statuses of stop and run: $status"
	report "$1/$2" "stop" FAIL "$(since "$start")" \
		"$umvmm run -k $O/tests/hostile/$1 -m 64M -p 'case=$2 text=$text text_end=$text_end host=$host'"
	vm_kill
}

triple='^umvmm: triple fault in the guest at rip 0x[0-9a-f]*: vector'
grown='^umvmm: the guest went wrong: its mappings take [0-9]* MiB of page tables'
wrong='^umvmm: the guest went wrong at rip 0x[0-9a-f]*: '
for what in idt_nowhere idt_noncanonical idt_empty handlers_nowhere ist_nowhere tss_nowhere \
	cr3_beyond pml4_beyond stack_nowhere stack_in_monitor storm_broken storm_absent; do
	hostile tables $what 124 "$triple"
done
# which of the two depends on the bytes that happen to be there
hostile tables handlers_in_monitor 124 "$wrong|$triple"
hostile tables execute_beyond 124 "$wrong.*device memory"
hostile tables map_monitor 124 "$wrong.*monitor's window"
hostile tables map_top 124 "$wrong.*monitor's window"
hostile tables iretq_nowhere 124 "$wrong.*stack"
hostile tables paging_off 124 "$wrong.*paging"
for what in ist_in_monitor ltr_nowhere lldt_nowhere segments pte_beyond huge_beyond recursive \
	recursive_everywhere own_entry iretq_wild iretq_noncanonical gs_wild; do
	hostile tables $what 0 passed
done
hostile tables halt_for_ever 124 'the guest is dead.*none will ever run again'
for what in wait_for_ever spin print_for_ever storm deadline_past; do
	endless tables $what
done
for what in bomb private_memory signals; do
	hostile control $what 0 passed
done
hostile control page_tables 124 "$grown"
hostile control page_tables_sparse 124 "$grown"
hostile control beyond_file 124 "$wrong"
for what in forbidden private_elsewhere private_file; do
	hostile control $what 123 '^  #0  *0x[0-9a-f]* monitor_bug\+'
done
for ((i = 0; i < 3; i++)); do
	hostile control forged_bug 123 '^umvmm: bug of umvmm, monitor at rip'
done
hostile control unmap_everything 123 '^umvmm: a context died of signal 11'
for what in pull_the_rug hog sleep_for_ever; do
	endless control $what
done

# What it leaves is looked at for some seconds, at the most, and not if somebody wants it to end.
limit=100 hostile forged_types types 124 "$triple" -m 256M
limit=100 hostile forged_types log 124 'takes too long to look at' -m 512M

# long_death NAME STATUS COMMAND…: the command ends umvmm while it looks.
long_death() {
	local name=$1 want=$2 start status
	shift 2
	wanted forged_types/log || return
	start=$(seconds)
	vm_start 60 run -n hostile -k "$O/tests/hostile/forged_types" -m 512M -p "case=log" < /dev/null > "$out" 2>&1
	soon grep -q ready "$out"
	sleep 1
	"$@" > /dev/null
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	if [ $status = "$want" ] && grep -Eq "$triple" "$out" && ! grep -q 'too long' "$out" && vm_gone; then
		report "forged_types/log, $name" "status $want" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$out" | sed 's/^/    /'
	report "forged_types/log, $name" "status $status" FAIL "$(since "$start")"
	vm_kill
}
# the manager: its parent is timeout
end_manager() { kill -TERM "$(ps -o pid= --ppid "$vm_pid" | tr -d ' ')"; }
long_death SIGTERM 143 end_manager
long_death stop 124 timeout 30 "$umvmm" stop hostile

# Manager and tracer are gone, the tracer without a chance to do anything: so is all else.
orphans() {
	local start tracer= manager= pid left=
	wanted control/orphan || return
	start=$(seconds)
	vm_start 120 run -k "$O/tests/hostile/control" -m 64M --isolation "$1" -p "case=orphan text=$text text_end=$text_end" < /dev/null > "$out" 2>&1
	soon grep -q waits "$out"
	for pid in $(vm_pids "$vm_pid"); do
		case $(cat "/proc/$pid/comm") in
		umvmm-tracer) tracer=$pid ;;
		umvmm) manager=$pid ;;
		esac
	done
	kill -STOP "$tracer"
	kill -9 "$manager"
	{ wait "$vm_pid"; } 2> /dev/null
	others_gone() { left=$(vm_pids "$vm_pid" | grep -vx "$tracer"); [ -z "$left" ]; }
	soon others_gone
	kill -9 "$tracer" 2> /dev/null
	"$umvmm" list > /dev/null
	if [ -z "$left" ] && vm_gone; then
		report control/orphan "$1" PASS "$(since "$start")"
	else
		echo "    processes have outlived their manager: $(echo $left)"
		report control/orphan "$1" FAIL "$(since "$start")"
		vm_kill
	fi
}
for isolation in $isolations; do
	orphans "$isolation"
done

# The tracer attaches to nobody but the VM's processes, whoever a guest names: a
# stranger, its own manager, the tracer. No stranger is traced even for a moment.
strangers() {
	local start status stranger tracer seen=0 params
	wanted trace/strangers || return
	start=$(seconds)
	sleep 60 9>&- &
	stranger=$!
	params="case=strangers text=$text text_end=$text_end pid=$stranger"
	setsid timeout --preserve-status 30 sh -c 'exec "$0" run -k "$1" -m 64M -p "$2 manager=$$"' \
		"$umvmm" "$O/tests/hostile/trace" "$params" < /dev/null > "$out" 2>&1 9>&- &
	vm_pid=$!
	while kill -0 "$vm_pid" 2> /dev/null; do
		tracer=$(sed -n 's/^TracerPid:\t//p' /proc/$stranger/status)
		[ "$tracer" = 0 ] || seen=$tracer
	done
	wait "$vm_pid"
	status=$?
	[ "$status$seen" = 00 ] && grep -q passed "$out" && vm_gone && kill -0 $stranger &&
		report trace/strangers "status 0" PASS "$(since "$start")" ||
		{ tail -n 5 "$out" | sed 's/^/    /'
		  report trace/strangers "status $status, traced by $seen" FAIL "$(since "$start")"; }
	kill $stranger
	{ wait $stranger; } 2> /dev/null
}
strangers
hostile trace garbage 0 passed
hostile trace garbage 0 passed --redirect ptrace
endless trace relatives

# many GUEST COUNT
many() {
	wanted "$1" || return
	simple "$1" "$(($2 * ${HOSTILE:-1})) guests" $((120 * ${HOSTILE:-1})) hostile \
		python3 tests/hostile/many.py "$umvmm" "$O/tests/hostile" "$1" \
		$(($2 * ${HOSTILE:-1})) "${HOSTILE:-1}" "$text" "$text_end"
}
many calls 470
many jump 200
many scribble 24

# sweep NAME ISOLATION FROM TO STEP SEED [OPTION…]
sweep() {
	local limit=120
	wanted "$1" || return
	[ "$5" = 1 ] && limit=7200
	simple "$1-$2-$6" "every $5. byte" $limit hostile \
		python3 tests/hostile/sweep.py "$umvmm" "$O/tests/hostile/sweep" "$2" "$3" "$4" "$5" "${@:6}"
}
for isolation in $isolations; do
	# a freestanding guest that calls nobody trusted has what split is
	[ $isolation = users ] && continue
	step=499
	[ $isolation != split ] && [ -z "${SWEEP-}" ] || step=1
	for ((i = 1; i <= ${HOSTILE:-1}; i++)); do
		sweep sweep $isolation "$text" "$text_end" $step $i
	done
	[ $isolation = split ] && sweep sweep_polled split "$text" "$text_end" 1 1 --poll always
	[ $isolation = split ] && sweep sweep_ptrace split "$text" "$text_end" 1 1 --redirect ptrace
	# gates, data, tables, mailbox: all of the monitor's window
	step=65521
	[ $isolation = split ] && step=509
	sweep sweep_window $isolation 0x7b800000 0x7be00000 $step 1
done

# User code that runs beside its kernel stops when that dies, also where the dead guest is kept.
outlives() {
	local start ticks
	wanted polled/outlives || return
	start=$(seconds)
	: > "$out"
	vm_start 100 run -n hostile -k "$O/tests/hostile/polled" -m 64M --isolation split --poll always \
		--on-panic hang -p case=outlives < /dev/null > "$out" 2>&1
	over() { grep -aq passed "$out" || grep -aq 'triple fault' "$out"; }
	ticks() { for pid in $(vm_pids "$vm_pid"); do cut -d ' ' -f 14 "/proc/$pid/stat"; done | paste -sd +; }
	soon over
	sleep 0.5
	ticks=$(($(ticks)))
	sleep 1
	ticks=$(($(ticks) - ticks))
	timeout 30 "$umvmm" stop hostile > /dev/null 2>&1
	{ wait "$vm_pid"; } 2> /dev/null
	# "passed": this host polls for nobody
	if [ $ticks -lt 20 ] && over && vm_gone; then
		report polled/outlives "" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$out" | sed 's/^/    /'
	echo "    its processes have used $ticks ticks in a second after its end"
	report polled/outlives "" FAIL "$(since "$start")"
	vm_kill
}

# What a user sibling may tell its context.
case $isolations in
*split*)
	for what in failed_order restarted_orders other_failures orders_done for_ever_in_gate \
		strange_vectors endless_fault lost_memory small_signal_stack kernel_code bases; do
		hostile forge $what 0 passed --isolation split
		hostile forge $what 0 passed --isolation users
	done
	# User code whose calls are polled for, where the host has two CPUs for that.
	for what in storm never_waits never_leaves scribbles tells_early sets_bases; do
		hostile polled $what 0 passed --isolation split --poll always
		hostile polled $what 0 passed --isolation users --poll always
	done
	hostile polled storm 0 passed --isolation split --poll off
	outlives
	# What one process leaves for the next.
	for what in table pcid same_table newborn; do
		hostile remnants $what 0 passed --isolation split
		hostile remnants $what 0 passed --isolation split --redirect sigsys
		hostile remnants $what 0 passed --isolation users
	done
	# and what the kernel may ask of the process that makes siblings
	hostile maker requests 0 passed --isolation split
	hostile maker requests 0 passed --isolation users -c 2
	hostile maker kicks 0 passed --isolation split
	;;
esac

# A guest user, in Linux: the VM ends with a message, or is asked to as the kernel hangs,
# or that has coped, as it always does behind the wall: with split, and with users if it
# is not root.
user_jump() {
	local seed=$1 isolation=$2 start status limit=8 wall= as=
	start=$(seconds)
	[[ $isolation != split && $isolation != users ]] || wall=1 limit=60
	[ $isolation != users ] || as="/hostile/as 1000"
	vm_start $limit run --isolation $isolation -i "$O/guest/initramfs.cpio.gz" -i "$O/tests/hostile.cpio" \
		-e "$as /hostile/jump $seed 50 $text $text_end" < /dev/null > "$out" 2> "$out.err"
	wait "$vm_pid"
	status=$?
	case $status in
	0) grep -q alive "$out" ;;
	123 | 124) [ -z "$wall" ] && grep -Eq '^umvmm: ' "$out.err" ;;
	143) [ -z "$wall" ] ;;
	*) false ;;
	esac && vm_gone &&
		report "user/jump $seed" "$isolation, status $status, $(wc -l < "$out") jumps" PASS "$(since "$start")" &&
		return
	tail -n 5 "$out" "$out.err" | sed 's/^/    /'
	report "user/jump $seed" "$isolation, status $status" FAIL "$(since "$start")" \
		"$umvmm run --isolation $isolation -i $O/guest/initramfs.cpio.gz -i $O/tests/hostile.cpio -e '$as /hostile/jump $seed 50 $text $text_end'"
}
if wanted user_jump; then
	mkdir -p "$work/hostile/root/hostile"
	cp "$O/tests/hostile/user/jump" "$O/tests/as" "$work/hostile/root/hostile/"
	(cd "$work/hostile/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$O/tests/hostile.cpio"
	for isolation in $isolations; do
		for ((i = 1; i <= 6 * ${HOSTILE:-1}; i++)); do
			user_jump $i $isolation
		done
	done
fi

# The machine beside has gone on.
beside_start=$(seconds)
before=$(wc -l < "$beside")
ticks() { [ "$(wc -l < "$beside")" -gt "$before" ]; }
if soon ticks && XDG_RUNTIME_DIR=$beside_dir "$umvmm" stop beside > /dev/null; then
	report "a VM beside" "" PASS "$(since "$beside_start")"
else
	tail -n 3 "$beside" | sed 's/^/    /'
	report "a VM beside" "" FAIL "$(since "$beside_start")"
fi
vm_pid=$beside_pid
wait "$beside_pid"
rmdir "$beside_dir/umvmm" "$beside_dir" 2> /dev/null
