# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# streams.sh - -e and --: the status, the three streams apart and binary-safe,
# closed and full streams, pipes, a terminal and its restoration.
#
# Sourced by run.sh.
mkdir -p "$work/faults"

# check NAME STATUS TEST-COMMAND: the VM whose vm_pid is set ends with STATUS,
# nothing is left, and TEST-COMMAND succeeds.
check() {
	local name=$1 want=$2 status
	shift 2
	wait "$vm_pid"
	status=$?
	if [ $status = "$want" ] && vm_gone && "$@"; then
		report "$name" "status $want" PASS "$(since "$check_start")"
		return
	fi
	[ ! -s "$work/faults/err" ] || tail -n 5 "$work/faults/err" | sed 's/^/    /'
	echo "    status $status, not $want, or not: $*"
	report "$name" "status $want" FAIL "$(since "$check_start")" "tests/run.sh faults $test"
	vm_kill
}

out=$work/faults/out err=$work/faults/err
check_start=$(seconds)
holds() { [ "$(cat "$1")" = "$2" ]; }

# status NAME STATUS ARGS…
status_of() {
	local name=$1 want=$2
	shift 2
	check_start=$(seconds)
	vm_start 200 run "$@" < /dev/null > "$out" 2> "$err"
	check "$name" "$want" true
}

status_of "true" 0 -e true
status_of "false" 1 -e false
status_of "exit 42" 42 -e 'exit 42'
status_of "no such command" 127 -- nonexistent
status_of "killed by SIGTERM" 143 -e 'kill -TERM $$'
status_of "killed by SIGKILL" 137 -- sh -c 'kill -KILL $$'

check_start=$(seconds)
vm_start 200 run -- sh -c 'echo out "$1"; echo err >&2' sh "a 'b' \$c" < /dev/null > "$out" 2> "$err"
both() { holds "$out" "out a 'b' \$c" && holds "$err" err; }
check "streams apart, quoting" 0 both

check_start=$(seconds)
head -c 1048576 /dev/urandom > "$work/faults/random"
vm_start 200 run -- cat < "$work/faults/random" > "$out" 2> "$err"
check "1 MiB of random bytes" 0 cmp "$work/faults/random" "$out"

check_start=$(seconds)
vm_start 200 run -e 'cat >&2' < "$work/faults/random" > "$out" 2> "$err"
check "1 MiB to standard error" 0 cmp "$work/faults/random" "$err"

check_start=$(seconds)
vm_start 200 run -e 'sha256sum' < <(cat "$work/faults/random" | cat) > >(cat > "$out") 2> "$err"
same_sum() { soon test -s "$out" && [ "$(cat "$out")" = "$(sha256sum < "$work/faults/random")" ]; }
check "pipes" 0 same_sum

check_start=$(seconds)
vm_start 200 run -e 'head -c 3; echo; echo done' < "$work/faults/random" > "$out" 2> "$err"
check "input that nobody reads" 0 grep -aq done "$out"

check_start=$(seconds)
vm_start 200 run -e 'exit 7' <&- > "$out" 2> "$err"
check "closed standard input" 7 true

check_start=$(seconds)
vm_start 200 run -e 'echo text; exit 8' < /dev/null >&- 2> "$err"
check "closed standard output" 8 true

check_start=$(seconds)
vm_start 200 run -e 'seq 1 10000; exit 9' < /dev/null > /dev/full 2> "$err"
full() { grep -Eq '^umvmm: .*(No space|full|output)' "$err"; }
check "full standard output" 125 full

check_start=$(seconds)
vm_start 200 run -e 'seq 1 1000000' < /dev/null > >(head -n 1 > "$out") 2> "$err"
wait "$vm_pid"
status=$?
# 141 as by SIGPIPE, or 125 with a message: it must end
if [ $status != 143 ] && [ $status != 137 ] && vm_gone; then
	report "reader goes away" "status $status" PASS "$(since "$check_start")"
else
	report "reader goes away" "status $status" FAIL "$(since "$check_start")"
	vm_kill
fi

# A terminal: script(1) of bsdutils makes one. The guest's shell answers, then
# Ctrl-a x; the terminal's settings are as before.
check_start=$(seconds)
# The terminal has another size once the guest's user has typed.
cat > "$work/faults/terminal.sh" << END
stty rows 33 cols 99
stty -a > "$work/faults/before"
(
	while ! [ -e "$work/faults/resize" ]; do sleep 0.1; done
	stty rows 44 cols 111 < /dev/tty
) &
$umvmm run
stty rows 33 cols 99
echo "status \$?" > "$work/faults/status"
stty -a > "$work/faults/after"
END
rm -f "$work/faults/status" "$work/faults/resize" "$work/faults/typescript" "$work/faults/after"
shows() { grep -aqs -- "$1" "$work/faults/typescript"; }
# the guest hears of the new size some time later
asks_size() {
	printf 'echo now $(stty size)\n'
	sleep 0.5
	shows '^now 44 111'
}
(
	soon shows '# '
	printf 'echo typed $((6 * 7)), $(stty size)\n'
	soon shows '^typed 42'
	: > "$work/faults/resize"
	soon asks_size
	printf '\001?\001x'
	soon test -s "$work/faults/after"
) | timeout -k 5 200 script -q -f -c "sh $work/faults/terminal.sh" "$work/faults/typescript" > /dev/null 2>&1
if holds "$work/faults/status" "status 0" && cmp -s "$work/faults/before" "$work/faults/after" &&
	grep -aq '^typed 42, 33 99' "$work/faults/typescript" &&
	grep -aq '^now 44 111' "$work/faults/typescript" &&
	grep -aq 'umvmm: Ctrl-a x quits' "$work/faults/typescript"; then
	report "terminal: keys, size, restored" "status 0" PASS "$(since "$check_start")"
else
	cat "$work/faults/status" 2> /dev/null
	diff "$work/faults/before" "$work/faults/after"
	tail -n 5 "$work/faults/typescript" | sed 's/^/    /'
	report "terminal: keys, size, restored" "status 0" FAIL "$(since "$check_start")"
fi

# Hang-up: the terminal's other end goes away.
check_start=$(seconds)
setsid script -q -f -c "$umvmm run -n hangup" "$work/faults/typescript" < <(sleep 40) > /dev/null 2>&1 9>&- &
holder=$!
vm_pid=
prompts() {
	vm_pid=$("$umvmm" list --json 2> /dev/null | sed -n 's/.*"name":"hangup","pid":\([0-9]*\).*/\1/p')
	[ -n "$vm_pid" ] && shows '# '
}
soon prompts
# the session is that of the terminal, which script has made
vm_pid=$(ps -o sid= -p "${vm_pid:-0}" | tr -d ' ')
kill -KILL $holder
{ wait $holder; } 2> /dev/null
sleep 0.5
if [ -n "$vm_pid" ] && vm_gone; then
	report "hang-up of the terminal" "" PASS "$(since "$check_start")"
else
	tail -n 5 "$work/faults/typescript" | sed 's/^/    /'
	report "hang-up of the terminal" "" FAIL "$(since "$check_start")"
fi
rm -f "$work/faults/typescript" "$work/faults/random" "$work/faults/resize"
