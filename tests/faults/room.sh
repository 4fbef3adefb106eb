# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# room.sh - the host has less room for a user sibling's mappings than the context thinks: a
# limit on its address space that comes later. Then all of the sibling's pages go and it
# begins again, as a TLB may. A program of the guest maps 16 times as much as there is room.
#
# Sourced by run.sh.
room=$work/faults/room
room_memory=262144 # KiB: contexts map all of it, siblings do not
room_more=2048     # KiB that a sibling may still map
rm -rf "$room"
mkdir -p "$room/root/tests"

# status PID FIELD: in KiB, 0 if it is gone.
room_status() { awk -v f="$2:" '$1 == f { print $2 } END { if (!NR) print 0 }' "/proc/$1/status" 2> /dev/null || echo 0; }

# The siblings get their limits; prints "PID LIMIT" of each.
room_limit() {
	local pid size
	for pid in $(monitors $(vm_pids "$vm_pid")); do
		size=$(room_status "$pid" VmSize)
		[ "${size:-0}" -gt 0 ] && [ "$size" -lt $room_memory ] || continue
		prlimit --pid "$pid" --as=$(((size + room_more) * 1024)) && echo "$pid $((size + room_more))"
	done
}

# One that was limited has mapped nearly all that it might.
room_was_met() {
	local pid limit
	while read -r pid limit; do
		[ "$(room_status "$pid" VmPeak)" -gt $((limit - 256)) ] && return
	done < "$room/limits"
	return 1
}

room_used() {
	local start status=1
	start=$(seconds)
	fed "$room"
	vm_start 100 run -n roomless --isolation split -m ${room_memory}K -i "$O/guest/initramfs.cpio.gz" \
		-i "$room/tests.cpio" -e /tests/touch < "$room/input" > "$room/out" 2>&1 8>&-
	if soon grep -qx ready "$room/out" && room_limit > "$room/limits"; then
		echo >&8
		soon grep -q '^right:' "$room/out"
		grep -qx 'right: 8192' "$room/out" && room_was_met && status=0
		echo >&8
	fi
	has_ended 0 || status=1
	judge $status room split "$start" room "$room/out" "$room/limits"
}

strip -o "$room/root/tests/touch" "$O/tests/faults/touch"
(cd "$room/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$room/tests.cpio"
room_used
