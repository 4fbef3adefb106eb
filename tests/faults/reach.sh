# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# reach.sh - 4000 pieces of memory that lie apart stay mapped (scatter.c): to read them again takes
# no fills, but for what else happens in the guest.
#
# Sourced by run.sh.
reach=$work/faults/reach
rm -rf "$reach"
mkdir -p "$reach/root/tests"
cp "$O/tests/faults/scatter" "$reach/root/tests/"
(cd "$reach/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$reach/tests.cpio"

reach_again() { # ISOLATION
	local start status=1 before fills
	start=$(seconds)
	fed "$reach"
	vm_start 100 run -n scattered --isolation "$1" -i "$O/guest/initramfs.cpio.gz" \
		-i "$reach/tests.cpio" -e /tests/scatter < "$reach/input" > "$reach/out" 2>&1 8>&-
	if soon grep -qx ready "$reach/out"; then
		before=$(vm_counter scattered fill)
		echo >&8
		if soon grep -qx over "$reach/out"; then
			fills=$(($(vm_counter scattered fill) - before))
			echo "fills: $before, then $fills"
			[ "$before" -gt 4000 ] && [ "$fills" -lt 1000 ] && status=0
		fi
		echo >&8
	fi > "$reach/counted"
	has_ended 0 || status=1
	judge $status reach "$1" "$start" reach "$reach/out" "$reach/counted"
}

# of the host's limit a quarter is for user addresses
if [ "$(cat /proc/sys/vm/max_map_count)" -lt 24000 ]; then
	report reach "vm.max_map_count is low" SKIP 0
else
	for isolation in none split; do
		reach_again $isolation
	done
fi
