# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# exec.sh - umvmm exec: the status, the three streams apart and binary-safe, signals, many at
# a time, clients that die or read nothing, guests that end, a module into a running guest.
#
# Sourced by run.sh.
mkdir -p "$work/faults/exec"
exec=$work/faults/exec out=$work/faults/exec/out err=$work/faults/exec/err
guest_out=$work/faults/exec/guest.out

# exec_vm OPTIONS…: a VM named executed, whose own command only waits for a line.
exec_vm() {
	rm -f "$exec/hold"
	mkfifo "$exec/hold"
	exec 7<> "$exec/hold"
	vm_start 200 run -n executed -m 256M "$@" -e 'echo up; read line; echo end' \
		<&7 > "$guest_out" 2>&1 7>&-
	soon grep -qx up "$guest_out"
	soon quietly "$umvmm" exec executed true
}

# executed NAME COMMAND…: the command is a condition, and the guest notices nothing.
executed() {
	local name=$1
	shift
	: > "$out"; : > "$err"
	judged exec "exec: $name" "$exec_mode" unnoticed "$@"
}
unnoticed() { "$@" && "$umvmm" exec executed true < /dev/null; }

quietly() { "$@" < /dev/null > /dev/null 2>&1; }
not_in_ps() { ! in_guest sh -c 'ps | grep -v grep | grep -q "$1"' sh "$1" < /dev/null; }
in_guest() { timeout 30 "$umvmm" exec executed "$@" > "$out" 2> "$err"; }
status_is() {
	local want=$1 status
	shift
	in_guest "$@" < /dev/null
	status=$?
	[ $status = "$want" ] || { echo "    status $status, not $want"; return 1; }
}

statuses() {
	status_is 0 true && status_is 1 false && status_is 42 sh -c 'exit 42' &&
		status_is 127 nonexistent && grep -q 'nonexistent: No such file' "$err" &&
		status_is 126 /proc && status_is 143 sh -c 'kill -TERM $$' &&
		status_is 137 -- sh -c 'kill -KILL $$' && status_is 0 -- true
}
# Linux may leave with bytes still there: umvmm/boot/acpi/dsdt.asl.
level_triggered() {
	in_guest grep -c 'fasteoi *ttyS4' /proc/interrupts < /dev/null && [ "$(cat "$out")" = 1 ]
}
apart() {
	in_guest sh -c 'echo out "$1" "$2"; echo err >&2' sh "a 'b' \$c" '' < /dev/null &&
		[ "$(cat "$out")" = "out a 'b' \$c " ] && [ "$(cat "$err")" = err ]
}
there_and_back() { in_guest cat < "$exec/random" && cmp "$out" "$exec/random"; }
to_error() { in_guest sh -c 'cat >&2' < "$exec/random" && cmp "$err" "$exec/random"; }
no_reader() { # of its input
	in_guest true < "$exec/random" && in_guest head -c 3 < "$exec/random" &&
		cmp <(head -c 3 "$exec/random") "$out"
}
long_words() { # more than a frame
	in_guest sh -c 'printf %s "$1" | md5sum' sh "$(printf '%*s' 20000 '')" < /dev/null &&
		cmp <(printf '%*s' 20000 '' | md5sum) "$out"
}
says_ready() { soon grep -qx ready "$out"; } # the command that was started last
signalled() {
	local pid status
	"$umvmm" exec executed sh -c 'trap "echo caught; exit 5" INT; echo ready; while :; do sleep 0.1; done' \
		< /dev/null > "$out" 2> "$err" &
	pid=$!
	says_ready
	kill -INT $pid
	wait $pid
	status=$?
	[ $status = 5 ] && grep -qx caught "$out"
}
# Of a client that dies the command is hung up; nothing of it stays.
hung_up() {
	local pid
	"$umvmm" exec executed sh -c 'echo ready; exec sleep 12345' < /dev/null > "$out" 2> "$err" &
	pid=$!
	says_ready
	kill -KILL $pid
	{ wait $pid; } 2> /dev/null
	soon not_in_ps 'sleep 12345'
}
closed_output() { # as the writer to a pipe that nobody reads
	in_guest true < /dev/null || return
	"$umvmm" exec executed yes < /dev/null 2> "$err" | head -n 2 > "$out"
	[ "$(cat "$out")" = "y
y" ]
}
# One reads nothing; the others go on.
stuck() {
	local pid
	mkfifo "$exec/stuck" 2> /dev/null
	exec 6<> "$exec/stuck"
	"$umvmm" exec executed yes < /dev/null >&6 2> "$err" 6>&- &
	pid=$!
	sleep 0.5
	there_and_back
	local status=$?
	kill -KILL $pid
	{ wait $pid; } 2> /dev/null
	exec 6>&-
	rm -f "$exec/stuck"
	return $status
}
many() {
	local i pids="" status=0
	for i in 1 2 3 4 5 6 7; do
		"$umvmm" exec executed sh -c "cat; echo $i >&2" < "$exec/random" > "$exec/many.$i" \
			2> "$exec/many.err.$i" &
		pids="$pids $!"
	done
	for i in $pids; do
		wait "$i" || status=1
	done
	for i in 1 2 3 4 5 6 7; do
		cmp "$exec/many.$i" "$exec/random" && [ "$(cat "$exec/many.err.$i")" = $i ] || status=1
	done
	rm -f "$exec"/many.*
	return $status
}
too_many() {
	local i pids="" status
	for i in 1 2 3 4 5 6 7 8; do
		"$umvmm" exec executed sh -c 'echo runs; exec sleep 60' < /dev/null > "$exec/many.$i" 2>&1 &
		pids="$pids $!"
	done
	for i in 1 2 3 4 5 6 7 8; do
		soon grep -qs runs "$exec/many.$i"
	done
	rm -f "$exec"/many.*
	in_guest true < /dev/null
	status=$?
	kill $pids
	{ wait $pids; } 2> /dev/null
	[ $status = 125 ] && grep -q 'as many commands as are possible' "$err" &&
		[ "$(wc -l < "$err")" = 1 ] || return
	# whoever was signalled makes room
	soon in_guest true < /dev/null
}
sequence() {
	local i
	for ((i = 0; i < 60; i++)); do
		[ "$("$umvmm" exec executed echo $i < /dev/null)" = $i ] || return
	done
}
# Built for the kernel that runs, loaded, and unloaded again.
module() {
	local dir=$exec/m
	rm -rf "$dir"
	mkdir -p "$dir"
	cp tests/modules/hello.c "$dir"
	echo 'obj-m := hello.o' > "$dir/Kbuild"
	make -s -C "$O/guest/linux-obj" M="$(realpath "$dir")" modules > "$err" 2>&1 || return
	in_guest sh -c 'cat > /tmp/hello.ko && insmod /tmp/hello.ko && rmmod hello && dmesg | grep "hello: gone"' \
		< "$dir/hello.ko"
}
# On a terminal; whatever was left behind is hung up.
on_terminal() {
	python3 tests/faults/exec_terminal.py "$umvmm" executed "$1" > "$out" 2> "$err" || return
	soon not_in_ps 'sleep 4321' && return
	echo "the command goes on" > "$err"
	return 1
}
# With a client in the guest: its end is told in a line.
guest_ends() {
	local pid status
	"$umvmm" exec executed sh -c 'echo ready; exec sleep 60' < /dev/null > "$out" 2> "$err" &
	pid=$!
	says_ready
	echo end >&7
	wait $pid
	status=$?
	wait "$vm_pid"
	[ $? = 0 ] && [ $status = 125 ] && grep -q '^umvmm: exec executed: the guest has ended' "$err" &&
		[ "$(wc -l < "$err")" = 1 ] && grep -qx end "$guest_out" && vm_gone
}

while read -r exec_words; do
	exec_mode=$(mode_name $exec_words)
	# each byte is some traps where all is trapped
	[[ $exec_words = trap* ]] && size=8000 || size=120000
	head -c $size /dev/urandom > "$exec/random"
	exec_vm $(mode_options $exec_words)
	judged_since=$(seconds)
	for what in statuses level_triggered apart there_and_back to_error no_reader long_words signalled hung_up \
		closed_output stuck many too_many sequence; do
		executed $what $what
	done
	for what in shell keys output hangup; do
		executed "terminal, $what" on_terminal $what
	done
	[[ $exec_words = "afterburn gate "* ]] && executed module module
	judged exec "exec: guest ends" "$exec_mode" guest_ends
	[ -z "$vm_pid" ] || vm_kill
	exec 7>&-
done < <(modes | grep -xE 'afterburn gate (none|users|split|pku) 2|trap sigsys none 1')

# What is wrong before any guest.
exec_refused() { # STATUS REGEX ARGS…
	local want=$1 regex=$2
	shift 2
	told "$want" "exec.*$regex" "$umvmm" exec "$@"
}
wrong_lines() {
	exec_refused 2 usage && exec_refused 2 usage name && exec_refused 2 usage -x true &&
		exec_refused 2 usage name -- && exec_refused 2 usage -t &&
		exec_refused 2 usage -t name && exec_refused 125 'no terminal' -t nobody true &&
		exec_refused 125 'no such VM' nobody true &&
		exec_refused 125 'no such VM' ../x true
}
judged_since=$(seconds)
judged exec "exec: command lines" "" wrong_lines

# A guest that has no agent: a freestanding one.
no_agent() {
	vm_start 200 run -n bare -k "$O/tests/hostile/tables" -m 64M -p case=spin < /dev/null > "$out" 2>&1
	soon vm_listed bare
	exec_refused 125 'no agent answers' bare true && "$umvmm" stop bare > /dev/null && wait "$vm_pid" &&
		vm_gone && return
	vm_kill
	return 1
}
judged exec "exec: no agent" "" no_agent
rm -rf "$exec"/m "$exec"/random "$exec"/hold
