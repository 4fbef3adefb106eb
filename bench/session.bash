# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # build, guest, dir, here, tmp: bench/run
#
# session.bash - one VM in the background, with all the processes it consists of.
#
# Sourced by bench/run. A VM is started as the leader of a session (setsid), and
# its processes are those of that session and what descends from them.
#
# Must hold: $session is the leader's pid, or empty if none runs.

# Its processes' pids.
session_pids() {
	ps -e -o pid= -o ppid= -o sid= -o stat= -o comm= |
		awk -v session="$session" -f "$here/processes.awk"
}

# Start system $1 with shell line $2 and let it stay; returns when that is done.
session_start() {
	local command line
	system_command "$1" machine "$2; echo up; sleep 600"
	mkfifo "$tmp/up"
	setsid "${command[@]}" < /dev/null > "$tmp/up" 2> "$tmp/up.err" &
	session=$!
	exec 9< "$tmp/up"
	rm "$tmp/up"
	while read -r -t 60 line <&9; do
		[ "${line%$'\r'}" = up ] && return 0
	done
	say "$1: does not come up: $(tail -n 1 "$tmp/up.err")"
	session_stop
	return 1
}

session_stop() {
	local pid i
	[ -n "$session" ] || return 0
	kill "$session" 2>/dev/null
	for ((i = 0; i < 30; i++)); do
		[ -n "$(session_pids)" ] || break
		sleep 0.1
	done
	for pid in $(session_pids); do
		kill -9 "$pid" 2>/dev/null
	done
	wait "$session" 2>/dev/null
	session=
	exec 9<&-
}

# CPU time that the session's processes have had so far, in clock ticks.
session_ticks() {
	local pid line fields total=0
	for pid in $(session_pids); do
		read -r line 2>/dev/null < "/proc/$pid/stat" || continue
		read -ra fields <<< "${line##*) }"
		((total += fields[11] + fields[12]))
	done
	echo "$total"
}

# Two numbers in MiB: shared memory (where all systems keep the guest's own),
# and everything else: private pages, file pages by share, page tables. Fails if
# a living process does not let itself be looked at.
session_memory() {
	local pid
	for pid in $(session_pids); do
		cat "/proc/$pid/smaps_rollup" "/proc/$pid/status" 2>/dev/null ||
			{ [ -e "/proc/$pid" ] && echo hidden; }
	done | awk '
		$1 == "Pss_Shmem:" { guest += $2 }
		$1 == "Pss_Anon:" || $1 == "Pss_File:" || $1 == "VmPTE:" { other += $2 }
		$1 == "hidden" { hidden = 1 }
		END { printf "%.1f %.1f\n", guest / 1024, other / 1024; exit hidden }'
}
