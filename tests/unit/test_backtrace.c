// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_backtrace.c - what umvmm bt prints of tasks and CPUs.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <stdio.h>
#include <string.h>

#include <umvmm/inspect/backtrace.h>
#include <umvmm/inspect/unwind.h>

#include "fake_guest.h"

static char *text;

static FILE *to_text(void)
{
	static size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	ck_assert(out);
	return out;
}

static void backtrace_is(unsigned int index, const char *want)
{
	struct tasks tasks = { 0 };
	FILE *out = to_text();

	look();
	ck_assert_int_eq(tasks_load(&tasks, &l, true), 0);
	backtrace_task(out, &l, &tasks.task[index - 1]);
	tasks_free(&tasks);
	fclose(out);
	ck_assert_str_eq(text, want);
}

START_TEST(text_of_tasks)
{
	backtrace_is(FAKE_INIT, "task 1 init, state S\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x000000004000c540 vfs_read+0x40/0x100\n"
		"  #2  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401001, rsp 0x7ffd00001000\n");
	backtrace_is(FAKE_KTHREADD, "task 2 [kthreadd], state I\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x000000004000cc80 realigned+0x80/0x100\n"
		"  #2  0x000000004000d100 " FAKE_LONG_NAME "+0x100/0x100\n"
		"  #3  0x000000004000cb40 kthread+0x40/0x100\n"
		"  #4  0x000000004000c330 ret_from_fork+0x30/0x100\n");
	backtrace_is(FAKE_NEW, "task 3 new, state R\n"
		"  #0  0x000000004000c300 ret_from_fork+0x0/0x100\n");
	backtrace_is(FAKE_ZOMBIE, "task 4 ?[31m??, state Z\n  (it has ended)\n");
	backtrace_is(FAKE_LEADER, "task 100 sixteen letters., state R\n"
		"  (its stack is not in memory)\n");
	backtrace_is(FAKE_THREAD2, "task 102 thread 2, state D\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x0000680000010840 mod_wait+0x40/0x80 [fake?mod]\n"
		"  #2  0x0000680000500010 (no symbol)\n"
		"  #3  0x000000004000c550 ? vfs_read+0x50/0x100\n"
		"  #4  0x000000004000c420 ? entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401066, rsp 0x7ffd00001000\n");
}
END_TEST

static void cpu_is(unsigned int cpu, const struct target_regs *regs, bool registers,
		   const char *want)
{
	FILE *out = to_text();

	look();
	backtrace_cpu(out, &l, cpu, regs, NULL, registers);
	fclose(out);
	ck_assert_str_eq(text, want);
}

START_TEST(text_of_cpus)
{
	struct target_regs regs = { 0 };

	cpu_is(0, &fake.regs[0], true, "CPU 0: task 100 sixteen letters., state R\n"
		"  rip 000000004000c810  rflags 00000002  cs 0010\n"
		"  rax 0000000000001110  rcx 0000000000001111  rdx 0000000000001112  "
		"rbx 0000000000001113\n"
		"  rsp 0000680000000aa8  rbp 0000680000000758  rsi 0000000000001116  "
		"rdi 0000000000001117\n"
		"  r8  0000000000001118  r9  0000000000001119  r10 000000000000111a  "
		"r11 000000000000111b\n"
		"  r12 000000000000111c  r13 000000000000111d  r14 000000000000111e  "
		"r15 000000000000111f\n"
		"  cr2 0000000000000000  cr3 0000000000000000  cr4 00000000\n"
		"  #0  0x000000004000c810 handle?irq+0x10/0x100\n"
		"  #1  0x000000004000c730 common_interrupt+0x30/0x100\n"
		"  #2  0x000000004000c620 asm_common_interrupt+0x20/0x100\n"
		"  --- interrupted ---\n"
		"  #3  0x000000004000c510 vfs_read+0x10/0x100\n"
		"  #4  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401064, rsp 0x7ffd00001000\n");
	cpu_is(1, &fake.regs[1], false, "CPU 1: task 101 thread-1, state R\n"
		"  #0  0x000000004000ca10 exc_nmi+0x10/0x100\n"
		"  #1  0x000000004000c930 asm_exc_nmi+0x30/0x100\n"
		"  --- interrupted ---\n"
		"  #2  0x000000004000c604 asm_common_interrupt+0x4/0x100\n"
		"  --- interrupted ---\n"
		"  #3  0x000000004000c518 vfs_read+0x18/0x100\n"
		"  #4  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401065, rsp 0x7ffd00001000\n");
	/* a null pointer was called, and there is no stack, nor such a CPU */
	cpu_is(1000000, &regs, false, "CPU 1000000: (no task)\n"
		"  #0  0x0000000000000000 (no symbol)\n");
	regs.cs = 0x33;
	cpu_is(0, &regs, false, "CPU 0: task 100 sixteen letters., state R\n"
		"  user code at rip 0x0, rsp 0x0\n");
}
END_TEST

/* An interrupt's registers that lead to themselves. */
START_TEST(text_without_end)
{
	const uint64_t sp = FAKE_VMALLOC + 0x100;
	struct target_regs regs = { .rip = FAKE_TEXT(FAKE_ASM_NMI), .r[GPR_RSP] = sp, .cs = 0x10 };
	const char *last;
	FILE *out = to_text();

	look();
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, ip)) = regs.rip;
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, sp)) = sp;
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, cs)) = 0x10;
	backtrace_cpu(out, &l, 0, &regs, NULL, false);
	fclose(out);
	last = strstr(text, "  #127 ");
	ck_assert(last);
	ck_assert_str_eq(last, "  #127 0x000000004000c900 asm_exc_nmi+0x0/0x100\n  and so on\n");
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, text_of_tasks);
	tcase_add_test(tc, text_of_cpus);
	tcase_add_test(tc, text_without_end);
	return unit_run(tc);
}
