# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - vmcores of the kernel of make guest-debug, in drgn and in the crash of make
# crash: of a guest that runs, and after a panic. What is in the file without a debugger,
# tests/faults/dump.sh tests.
#
# Sourced by run.sh.

# dump_one WHAT COMMAND: in $dir the files core and out, of $guest.
dump_one() {
	local what=$1 command=$2
	rm -f "$dir/core" "$dir/out"
	if [ "$what" = panic ]; then
		vm_start 120 run -n dumped -k "$guest/vmlinux" -i "$guest/initramfs.cpio.gz" -c 2 -m 512M \
			--on-panic dump --dump-file "$dir/core" -e "$command; echo c > /proc/sysrq-trigger" \
			< /dev/null > "$dir/out" 2> "$dir/err"
		wait "$vm_pid"
		[ -e "$dir/core" ] && return
		cat "$dir/err"
		return 1
	fi
	vm_start 120 run -n dumped -k "$guest/vmlinux" -i "$guest/initramfs.cpio.gz" -c 2 -m 512M \
		-e "$command; echo up; sleep 100" < /dev/null > "$dir/out" 2> "$dir/err"
	soon grep -qx up "$dir/out"
	sleep 0.5
	"$umvmm" dump dumped "$dir/core" && "$umvmm" stop dumped && wait "$vm_pid"
}

# vmcores DEBUGGER COMMAND LIMIT CHECK…: CHECK gets the file, live or panic, what the guest
# said and the module loop behind its own words.
vmcores() {
	local debugger=$1 command=$2 limit=$3 what
	shift 3
	mkdir -p "$dir"
	for what in live panic; do
		wanted $what || continue
		if dump_one $what "$command" && vm_gone; then
			simple $what "vmcore in $debugger" "$limit" "$debugger" "$@" "$dir/core" $what "$dir/out" \
				"$(find "$guest/modules" -name loop.ko)"
		else
			report $what "vmcore in $debugger" FAIL 0 "tests/run.sh $debugger $what"
		fi
		rm -f "$dir/core"
	done
}

suite_drgn() {
	local guest=$O/fragment/debug/guest dir=$work/drgn
	vmcores drgn 'modprobe loop; echo a line for the log > /dev/kmsg; sleep 1000 & (while :; do :; done) &
		echo loop $!; sleep 0.3; ps -o pid,comm; sleep 1' \
		300 drgn -q -c "$dir/core" -s "$guest/vmlinux" tests/vmcore/in_drgn.py
}

suite_crash() {
	local guest=$O/fragment/debug/guest dir=$work/crash
	if [ ! -x "$O/crash/crash" ]; then
		echo "    $O/crash/crash is missing: make crash"
		report "(all)" "vmcore in crash" SKIP 0
		return
	fi
	vmcores crash 'modprobe loop; echo a line for the log > /dev/kmsg; sleep 1000 & echo sleep $!
		(while :; do :; done) & echo loop $!; echo shell $$; grep ^loop /proc/modules
		grep MemTotal /proc/meminfo; sleep 0.3; ps -o pid,comm; sleep 1' \
		1200 python3 tests/vmcore/in_crash.py "$O/crash/crash" "$guest/vmlinux"
}
