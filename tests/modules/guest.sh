#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest.sh - loads and unloads modules. Runs: in the guest, by busybox.
status=0
fail() {
	echo "FAIL: $*"
	status=1
}
for path in $(find /lib/modules -name '*.ko'); do
	modprobe "$(basename "$path" .ko)" || fail "modprobe $path"
done
[ "$(lsmod | wc -l)" -gt 5 ] || fail "too few modules: $(lsmod)"
for round in 1 2 3 4; do
	for module in $(lsmod | awk 'NR > 1 { print $1 }'); do
		rmmod "$module" 2> /dev/null
	done
done
[ "$(lsmod | wc -l)" = 1 ] || fail "still loaded: $(lsmod)"

insmod /modules/hello.ko || fail "hello.ko"
rmmod hello || fail "rmmod hello"
dmesg | grep -q 'hello: interrupts on, inside off, after on, cr3 read' || fail "$(dmesg | grep hello)"
dmesg | grep -q 'hello: gone' || fail "hello's exit"

insmod /modules/plain.ko 2> /tmp/err && fail "a module without notes was loaded"
dmesg | grep -i 'assembler wrapper' | grep -q hello || fail "no reason given: $(dmesg | tail -n 3)"

echo 1 > /proc/sys/net/core/bpf_jit_enable
insmod /modules/probe_mem.ko || fail "$(dmesg | grep probe_mem)"

(insmod /modules/crash.ko) 2> /dev/null
dmesg | grep -q 'RIP: .*crash_init+0x' || fail "no symbol in the oops: $(dmesg | tail -n 30)"
[ "$(echo still here)" = 'still here' ] || fail "the shell"
exit $status
