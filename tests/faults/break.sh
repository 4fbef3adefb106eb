# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# break.sh - Ctrl-a b on the console: a break of the serial line, and with a letter
# behind it Linux's sysrq.
#
# Sourced by run.sh. script(1) of bsdutils makes the terminal.
mkdir -p "$work/faults"
log=$work/faults/break

break_start=$(seconds)
rm -f "$log" "$log.status"
# shows TEXT: it comes on the terminal.
shows() { soon grep -aqs -- "$1" "$log"; }
(
	shows '# '
	# a key's two parts need not come at once, and the letter may wait
	printf '\001'
	sleep 0.2
	printf 'b'
	sleep 0.2
	printf 'h'
	shows 'sysrq: HELP'
	printf '\001bm'
	shows 'sysrq: Show Memory'
	printf 'echo typed $((6 * 7)) hm\n'
	shows 'typed 42 hm'
	printf 'grep -o "brk:.*" /proc/tty/driver/serial\n'
	shows 'brk:2'
	printf '\001x'
	soon test -s "$log.status"
) | timeout -k 5 200 script -q -f -c "$umvmm run -n break; echo \$? > '$log.status'" "$log" > /dev/null 2>&1
if [ "$(cat "$log.status" 2> /dev/null)" = 0 ] && grep -aq 'sysrq: HELP' "$log" &&
	grep -aq 'sysrq: Show Memory' "$log" && grep -aq 'typed 42 hm' "$log" &&
	grep -aq 'brk:2' "$log"; then
	report "sysrq by Ctrl-a b" "status 0" PASS "$(since "$break_start")"
else
	tail -n 20 "$log" | sed 's/^/    /'
	report "sysrq by Ctrl-a b" "status 0" FAIL "$(since "$break_start")" "tests/run.sh faults break"
fi
