# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# dump.sh - umvmm dump, umvmm dmesg and --on-panic: what is in the file and in the log,
# and what goes wrong. Whatever happens to the client, the guest runs on.
#
# Sourced by run.sh.
mkdir -p "$work/faults/dump"
dump=$work/faults/dump out=$work/faults/dump/out err=$work/faults/dump/err
rm -f "$dump"/*

# dumping COMMAND ARGS…: a VM named dumped; its command has said "up".
dumping() {
	local command=$1
	shift
	: > "$out"
	vm_start 200 run -n dumped "$@" -e "$command" < /dev/null > "$out" 2> "$err"
	soon grep -qx up "$out"
	judged_since=$(seconds)
}

nothing_left() { # but the files named
	local left
	left=$(cd "$dump" && ls -A | grep -vxE 'out|err|said|guest\.log|.*\.ok')
	[ -z "$left" ] && return
	echo "    left: $left"
	rm -rf "${dump:?}"/part* "$dump"/core*
	return 1
}

pages=512
# A file of pages that are known, the guest's own log, then a sign of life.
dumping "i=0; while [ \$i -lt $pages ]; do printf 'umvmm-page %06d' \$i | dd bs=4096 conv=sync 2> /dev/null; i=\$((i + 1)); done > /tmp/known
	dmesg; echo end of log; printf 'red \\033[31m and \\001\\n' > /dev/kmsg; echo up
	while :; do sleep 0.05; echo .; done"

# The vmcore: a header that others read, the guest's pages, holes for all else.
right_vmcore() { # FILE
	readelf -hlnW "$1" > "$dump/said" 2>&1 || return
	grep -q 'CORE (Core file)' "$dump/said" && grep -q 'VMCOREINFO' "$dump/said" &&
		[ "$(grep -c '^  LOAD' "$dump/said")" = "$2" ] &&
		! grep -qi 'warning\|error' "$dump/said" || { cat "$dump/said"; return 1; }
	python3 - "$1" "$pages" <<-'PYTHON'
		import os, sys
		seen = {}
		size = os.stat(sys.argv[1]).st_size
		with open(sys.argv[1], "rb") as f:
		    at = 0
		    while at < size:
		        try:
		            at = os.lseek(f.fileno(), at, os.SEEK_DATA)
		        except OSError:
		            break
		        page = os.pread(f.fileno(), 4096, at)
		        if page[:11] == b"umvmm-page " and not any(page[17:]):
		            seen[int(page[11:17])] = at
		        at += 4096
		missing = set(range(int(sys.argv[2]))) - set(seen)
		if missing:
		    sys.exit("    pages of the guest that are not in the file: %d" % len(missing))
	PYTHON
}
small() { # FILE: it takes no more room than the guest does
	local used
	used=$("$umvmm" stats dumped --json | sed 's/.*"mem_resident":\([0-9]*\).*/\1/')
	[ $(($(stat -c '%b * 512' "$1"))) -le $((used + 40960)) ] && return
	stat "$1"
	echo "    the guest has $used bytes"
	return 1
}
vmcore() {
	"$umvmm" dump dumped "$dump/a.ok" && [ "$(stat -c %a "$dump/a.ok")" = 600 ] &&
		right_vmcore "$dump/a.ok" 2 && small "$dump/a.ok" && runs_on && nothing_left
}
judged dump "dump" "" vmcore

same_log() {
	sed '/^end of log$/,$d' "$out" > "$dump/guest.log"
	"$umvmm" dmesg dumped > "$dump/said" || return
	[ -s "$dump/guest.log" ] && head -n "$(wc -l < "$dump/guest.log")" "$dump/said" |
		diff - "$dump/guest.log" | head -n 5 | grep . && return 1
	# what would reach a terminal is not believed
	grep -qF '] red \x1b[31m and \x01' "$dump/said"
}
judged dump "dmesg" "" same_log

same_json() { # but for what has been logged meanwhile
	"$umvmm" dmesg --json dumped > "$dump/json.ok" && "$umvmm" dmesg dumped > "$dump/said" &&
		python3 - "$dump/json.ok" "$dump/said" <<-'PYTHON'
	import json, re, sys
	messages = json.load(open(sys.argv[1]))
	assert len(messages) > 50 and [m["seq"] for m in messages] == list(range(messages[0]["seq"], messages[-1]["seq"] + 1))
	shown = "".join("[%5d.%06d] %s\n" % (m["time_ns"] // 10**9, m["time_ns"] // 1000 % 10**6,
	                re.sub(r"[^\t -~]", lambda c: r"\x%02x" % ord(c[0]), line))
	                for m in messages for line in m["text"].split("\n"))
	assert open(sys.argv[2]).read().startswith(shown), shown
	PYTHON
}
judged dump "dmesg --json" "" same_json

refused() {
	told 125 'exists' "$umvmm" dump dumped "$dump/a.ok" &&
		"$umvmm" dump -f dumped "$dump/a.ok" && right_vmcore "$dump/a.ok" 2 &&
		"$umvmm" dump --live dumped "$dump/b.ok" && right_vmcore "$dump/b.ok" 2 &&
		told 125 'no ordinary file' "$umvmm" dump -f dumped "$dump" &&
		told 125 'no ordinary file' "$umvmm" dump -f dumped /dev/null &&
		told 125 'No such file' "$umvmm" dump dumped "$dump/none/core" &&
		told 125 'no such VM' "$umvmm" dump nobody "$dump/core" &&
		told 125 'no such VM' "$umvmm" dmesg nobody &&
		told 125 'no such VM' "$umvmm" dmesg ../umvmm/dumped &&
		told 2 'usage' "$umvmm" dump dumped &&
		told 2 'usage' "$umvmm" dump dumped a b &&
		told 2 'unknown option' "$umvmm" dump --dead dumped "$dump/core" &&
		told 2 'usage' "$umvmm" dmesg &&
		told 2 'usage' "$umvmm" dmesg dumped again && nothing_left && runs_on
}
judged dump "dump, refused" "" refused

# As a full disk, for any user. The size is in KiB.
limited_dump() { (ulimit -f "$1" && exec "$umvmm" dump dumped "$dump/core"); }
full() {
	told 125 'File too large' limited_dump 0 && told 125 'File too large' limited_dump 3000 &&
		nothing_left && runs_on
}
judged dump "dump, no room" "" full

unwritable() {
	mkdir "$dump/part" && chmod 500 "$dump/part" &&
		told 125 'Permission denied' "$umvmm" dump dumped "$dump/part/core"
}
if [ "$(id -u)" != 0 ]; then
	judged dump "dump, folder not writable" "" unwritable
	rmdir "$dump/part"
fi

# A client that freezes the guest: $1 SECONDS, then it dies, or ends as it should.
freeze() {
	python3 tests/faults/freeze.py "$XDG_RUNTIME_DIR/umvmm/dumped.sock" "$@"
}
frozen() {
	local pid before after
	freeze 2.5 dies > "$dump/part" & # bash says that it was killed
	pid=$!
	soon grep -q frozen "$dump/part"
	sleep 0.5 # what was on its way
	before=$(wc -c < "$out")
	sleep 0.5
	after=$(wc -c < "$out")
	told 125 'another umvmm dump' "$umvmm" dump dumped "$dump/core" || return
	"$umvmm" dmesg dumped > /dev/null || return
	wait $pid
	rm -f "$dump/part"
	[ "$before" = "$after" ] || { echo "    the guest ran on while it was frozen"; return 1; }
	runs_on && nothing_left
}
judged dump "dump, client killed" "" frozen 2> /dev/null

# Nobody answers: the manager is stopped.
asleep() {
	local manager status
	manager=$("$umvmm" list --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["pid"])')
	kill -STOP "$manager"
	told 125 'does not answer' "$umvmm" dump dumped "$dump/core"
	status=$?
	kill -CONT "$manager"
	[ $status = 0 ] && runs_on && nothing_left
}
judged dump "dump of a stopped VM" "" asleep

# It ends while it is dumped.
dies() {
	freeze 20 waits > "$dump/part" &
	soon grep -q frozen "$dump/part"
	"$umvmm" stop dumped
	wait "$vm_pid"
	kill $! 2> /dev/null
	rm -f "$dump/part"
	vm_gone && nothing_left
}
judged dump "stop while it is dumped" "" dies 2> /dev/null

# gdb shows all CPUs, whatever is known of their tasks, and variables.
in_gdb() { # FILE CPUS
	gdb -nx -batch -ex 'info threads' -ex 'x/s &linux_banner' "$O/guest/vmlinux" "$1" > "$dump/said" 2>&1
	[ "$(grep -c '^[* ] [0-9]* *LWP [0-9]* .* in ' "$dump/said")" = "$2" ] &&
		grep -q '<linux_banner>:.*"Linux version' "$dump/said" && return
	sed 's/^/    /' "$dump/said"
	return 1
}

# A kernel that says nothing about itself: the file is there all the same.
dumping "echo up; sleep 60" -c 3 -p initcall_blacklist=crash_save_vmcoreinfo_init
plain() {
	"$umvmm" dump dumped "$dump/c.ok" 2> "$dump/said" && grep -q 'CONFIG_PROC_KCORE' "$dump/said" &&
		readelf -lW "$dump/c.ok" | grep -q LOAD && in_gdb "$dump/c.ok" 3 &&
		told 125 'CONFIG_PROC_KCORE' "$umvmm" dmesg dumped && "$umvmm" stop dumped && wait "$vm_pid" &&
		vm_gone && nothing_left
}
judged dump "dump without vmcoreinfo" "" plain

# 4 GiB that are not used take no time, and lie on both sides of the hole.
if [ "$(awk '/MemTotal/ { print $2 }' /proc/meminfo)" -gt 4300000 ]; then
	dumping "echo up; sleep 60" -m 4G
	large() {
		local start
		start=$(seconds)
		pages=0
		"$umvmm" dump dumped "$dump/d.ok" || return
		awk -v t="$(since "$start")" 'BEGIN { exit t > 20 }' || { echo "    $(since "$start") s"; return 1; }
		right_vmcore "$dump/d.ok" 3 && small "$dump/d.ok" && "$umvmm" stop dumped && wait "$vm_pid" &&
			vm_gone
	}
	judged dump "dump of 4 GiB" "" large
else
	report "dump of 4 GiB" "little memory" SKIP 0
fi

# --on-panic
panics() { # WHAT ARGS…
	local what=$1
	shift
	vm_start 200 run -n dumped --on-panic "$what" "$@" -e 'echo c > /proc/sysrq-trigger; sleep 20' \
		< /dev/null > "$out" 2> "$err"
	judged_since=$(seconds)
}
left_dump() {
	local status
	wait "$vm_pid"
	status=$?
	[ $status = 124 ] && grep -q 'panicked' "$err" && grep -q "drgn -c $dump/e.ok" "$err" && vm_gone &&
		pages=0 right_vmcore "$dump/e.ok" 2 && grep -aq 'sysrq triggered crash' "$dump/e.ok" && nothing_left
}
panics dump --dump-file "$dump/e.ok"
judged dump "--on-panic dump" "" left_dump
no_dump() {
	local status
	wait "$vm_pid"
	status=$?
	[ $status = 124 ] && grep -q 'panicked' "$err" && grep -q 'No such file' "$err" && vm_gone && nothing_left
}
panics dump --dump-file "$dump/none/core"
judged dump "--on-panic dump, no folder" "" no_dump
hangs() {
	local status
	soon grep -q 'the VM is kept' "$err"
	"$umvmm" dmesg dumped | grep -q 'Kernel panic - not syncing' &&
		"$umvmm" dump dumped "$dump/f.ok" && pages=0 right_vmcore "$dump/f.ok" 2 &&
		in_gdb "$dump/f.ok" 3 && "$umvmm" stop dumped
	status=$?
	wait "$vm_pid"
	[ $? = 124 ] && [ $status = 0 ] && vm_gone && nothing_left
}
panics hang -c 3
judged dump "--on-panic hang" "" hangs
rm -f "$dump"/*.ok
