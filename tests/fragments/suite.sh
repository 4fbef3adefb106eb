# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - kernels of other configurations, by "make guest-NAME", and what is not ours, by
# "make tests-kernel-NAME" (tests.mk): they boot, run tests/guest and stress in both ways of
# virtualisation, and complain of nothing; they boot on emulated hardware, too. A kernel with
# KASAN finds mistakes that are made on purpose. tinyconfig has no more than what umvmm needs:
# it shows its processes.
#
# Sourced by run.sh. A test is called NAME-VIRT-CPUS, NAME-VIRT-mistakes or NAME-qemu.
fragments_tests="brk_mremap clone3 cow debug_registers event_loop exec_dynamic exec_loop
	fault_ahead file_io fork fork_tree many_spaces memory_pressure mprotect pipes proc_sys
	ptrace_break ptrace_step ptrace_syscall seccomp shared_memory sig_fault sig_registers
	sig_restart sig_stack sockets stack_growth syscall_registers text_unchanged threads
	timers vfork write_execute"
fragments_tests_trap="cow fork mprotect pipes sig_fault sig_registers syscall_registers threads vfork"

# fragments_limits FACTOR TESTS: as the driver wants them.
fragments_limits() {
	local test
	for test in $2; do
		echo -n "$test:$(($(limit_of "$test") * $1)) "
	done
}

suite_fragments() {
	local path name virt cpus guest test load
	local own="defconfig debian tiny llvm"
	make_archive "$O/tests/tests.cpio" tests/fragments/check ||
		{ report "(archive)" fragments FAIL 0; return; }
	for path in guest-arch/config/*.config $own; do
		name=$(basename "$path" .config)
		guest=$O/fragment/$name/guest
		[ "$name" = base ] || [ "$name" = need ] && continue
		for virt in afterburn trap; do
			load="5 ${FRAGMENTS_STRESS:-20} $(fragments_limits 3 "$fragments_tests")"
			[ $virt = afterburn ] ||
				load="1 10 $(fragments_limits 10 "$fragments_tests_trap")"
			[ $name != tiny ] || load="1 0"
			for cpus in 1 2; do
				wanted "$name" || wanted "$name-$virt-$cpus" || continue
				simple "$name-$virt-$cpus" "$virt, $cpus CPUs" 900 fragments \
					"$umvmm" run --virt $virt -c $cpus -m 1G -k "$guest/vmlinux" \
					-i "$guest/initramfs.cpio.gz" -i "$O/tests/tests.cpio" \
					-e "/tests/check $cpus $load"
			done
			grep -qs '^CONFIG_KASAN=y' "$path" || continue
			wanted "$name" || wanted "$name-$virt-mistakes" || continue
			simple "$name-$virt-mistakes" "$virt, 1 CPU" 300 fragments \
				tests/fragments/kasan.sh "$guest" --virt $virt
		done
		if [[ " $own " = *" $name "* ]] && { wanted "$name" || wanted "$name-ps"; }; then
			simple "$name-ps" afterburn 200 fragments tests/fragments/ps.sh "$guest"
		fi
		wanted "$name" || wanted "$name-qemu" || continue
		simple "$name-qemu" "qemu tcg" 700 fragments guest-arch/scripts/qemu-boot.sh -d "$guest" \
			-c 2 -m 1024 -t 600 -i "$O/tests/tests.cpio" '/tests/check 2 1 0'
	done
}
