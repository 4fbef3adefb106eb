# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# orders.sh - a switch between two threads behind the wall needs no order for the user sibling,
# on a host without FSGSBASE, where each has another base of FS: 4000 turns (thread_turns.c) need
# a few hundred orders at most, for what is mapped anew meanwhile.
#
# Sourced by run.sh.
orders=$work/faults/orders
rm -rf "$orders"
mkdir -p "$orders/root/tests"
strip -o "$orders/root/tests/thread_turns" "$O/tests/guest/thread_turns"
(cd "$orders/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$orders/tests.cpio"

orders_of_turns() {
	local start status=1 given ran program=$umvmm
	start=$(seconds)
	fed "$orders"
	umvmm=$O/tests/faults/worse vm_start 100 -g "$program" run -n ordered --isolation split \
		-i "$O/guest/initramfs.cpio.gz" -i "$orders/tests.cpio" -e '/tests/thread_turns wait' \
		< "$orders/input" > "$orders/out" 2>&1 8>&-
	if soon grep -qx ready "$orders/out"; then
		given=$(vm_counter ordered sibling_op) ran=$(vm_counter ordered sibling_run)
		echo >&8
		if soon grep -qx over "$orders/out"; then
			given=$(($(vm_counter ordered sibling_op) - given)) ran=$(($(vm_counter ordered sibling_run) - ran))
			echo "orders $given, runs $ran"
			[ "$given" -lt 1000 ] && [ "$ran" -gt 4000 ] && status=0
		fi
		echo >&8
	fi > "$orders/counted"
	has_ended 0 || status=1
	judge $status orders split "$start" orders "$orders/out" "$orders/counted"
}
orders_of_turns
