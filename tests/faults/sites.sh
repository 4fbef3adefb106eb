# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# sites.sh - umvmm stats tells which system calls came through rewritten sites, and why the
# others did not: while syscall_registers has called each shape, in a file's text and in
# memory that may change. And the tests that need rewritten sites (tests/guest/sites.h)
# have them.
#
# Sourced by run.sh.
sites=$work/faults/sites
rm -rf "$sites"
mkdir -p "$sites/root/tests"

# sites_counted ISOLATION
sites_counted() {
	local start status=1 gate sigsys text reasons=0 name
	start=$(seconds)
	fed "$sites"
	vm_start 100 run -n sited --isolation "$1" -i "$O/guest/initramfs.cpio.gz" -i "$sites/tests.cpio" \
		-e '/tests/syscall_registers && echo ready; read line' \
		< "$sites/input" > "$sites/out" 2>&1 8>&-
	if soon grep -qx ready "$sites/out"; then
		gate=$(vm_counter sited syscall_gate) text=$(vm_counter sited syscall_text)
		for name in cold shape text page debug full jumped; do
			reasons=$((reasons + $(vm_counter sited syscall_$name)))
		done
		sigsys=$(vm_counter sited syscall_sigsys)
		# 23 shapes, 3 paddings, 200 calls from a file's text; 1000 from private memory
		echo "gate $gate, SIGSYS $sigsys, with a reason $reasons, text that may change $text"
		[ "$gate" -gt 8000 ] && [ "$text" -gt 10000 ] && [ "$reasons" -gt 10000 ] &&
			[ $((sigsys - reasons)) -lt 1000 ] && status=0
	fi > "$sites/counted"
	echo >&8
	has_ended 0 || status=1
	judge $status sites "$1" "$start" sites "$sites/out" "$sites/counted"
}

# sites_rewritten ISOLATION
sites_rewritten() {
	local start status
	start=$(seconds)
	vm_start 300 run --isolation "$1" -i "$O/guest/initramfs.cpio.gz" -i "$sites/tests.cpio" \
		-e 'export SITES_REWRITTEN=1; for t in /tests/site_*; do $t || exit; done' \
		< /dev/null > "$sites/out" 2>&1
	wait "$vm_pid"
	status=$?
	if [ $status = 0 ] && vm_gone; then
		report "sites, rewritten" "$1" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$sites/out" | sed 's/^/    /'
	report "sites, rewritten" "$1" FAIL "$(since "$start")" "tests/run.sh faults sites"
}

for path in "$O"/tests/guest/{syscall_registers,site_*}; do
	strip -o "$sites/root/tests/${path##*/}" "$path"
done
(cd "$sites/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$sites/tests.cpio"
sites_counted none
sites_counted split
sites_rewritten none
sites_rewritten split
