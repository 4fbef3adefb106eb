# SPDX-License-Identifier: GPL-2.0-or-later
#
# processes.awk - the processes of a VM: those of a session and what descends from them, as
# contexts lead sessions of their own.
#
# Input: ps -e -o pid= -o ppid= -o sid= -o stat= -o comm=. Output: process ids, in any order.
# Variables: session; reaper, if there is one: whose children contexts are that have outlived
# their manager. It, or init, reaps zombies at once: they do not count then.

reaper != "" && $4 ~ /^Z/ && ($2 == 1 || $2 == reaper) { next }
{ parent[$1] = $2 }
$3 == session || $2 == reaper && $5 == "umvmm-monitor" { ours[$1] }
END {
	do {
		more = 0
		for (pid in parent)
			if (!(pid in ours) && parent[pid] in ours) {
				ours[pid]
				more = 1
			}
	} while (more)
	for (pid in ours)
		print pid
}
