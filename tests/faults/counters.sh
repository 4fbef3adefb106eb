# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# counters.sh - umvmm stats counts each exception of the guest once, whatever kind it is of: 1000 of
# each of three, more than the guest's kernel has by itself.
#
# Sourced by run.sh.
counters=$work/faults/counters err=$work/faults/counters/err
rm -rf "$counters"
mkdir -p "$counters/root/tests"
strip -o "$counters/root/tests/exceptions" "$O/tests/faults/exceptions"
(cd "$counters/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$counters/tests.cpio"

exceptions_counted() { # ISOLATION
	local before after counted=1
	fed "$counters"
	vm_start 100 run -n counted --isolation "$1" -i "$O/guest/initramfs.cpio.gz" -i "$counters/tests.cpio" \
		-e 'echo ready; read line; /tests/exceptions 1000 && echo done; read line' \
		< "$counters/input" > "$counters/out" 2> "$err" 8>&-
	soon grep -qx ready "$counters/out"
	before=$(vm_counter counted exception)
	echo >&8
	soon grep -qx done "$counters/out"
	after=$(vm_counter counted exception)
	echo >&8
	has_ended 0 || counted=0
	[ $counted = 1 ] && [ $((after - before)) -ge 3000 ] && [ $((after - before)) -lt 3500 ] && return
	echo "    $((after - before)) exceptions were counted, of 3000"
	return 1
}
judged_since=$(seconds)
for isolation in $(modes | cut -d ' ' -f 3 | sort -u); do
	judged counters "exceptions counted" "$isolation" exceptions_counted "$isolation"
done
