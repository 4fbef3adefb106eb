// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_unwind.c - the stacks of a guest, by its ORC tables, by guesses, and damaged.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <inttypes.h>

#include <umvmm/inspect/unwind.h>

#include "fake_guest.h"

#define USER 0 /* an end of a stack: in user code */

static struct pt_regs pushed(const struct target_regs *r)
{
	return (struct pt_regs){
		.ip = r->rip, .sp = r->r[GPR_RSP], .bp = r->r[GPR_RBP], .cs = r->cs
	};
}

/* IPS up to USER or UINT64_MAX, the end. */
static void stack_is(struct unwind *u, const uint64_t *ips)
{
	for (;; ips++) {
		if (*ips == USER) {
			ck_assert(u->user);
			ck_assert(!unwind_next(u));
			return;
		}
		ck_assert(!u->user);
		ck_assert_msg(u->ip == *ips, "%#" PRIx64 ", not %#" PRIx64, u->ip, *ips);
		if (ips[1] == UINT64_MAX)
			break;
		ck_assert_msg(unwind_next(u), "behind %#" PRIx64, u->ip);
	}
	ck_assert(!unwind_next(u));
}

static void task_stack_is(enum fake_task_number number, const uint64_t *ips, bool unsure,
			  uint64_t bp)
{
	const struct task task = { .va = FAKE_AT(task[number]), .sp = ram->task[number].sp };
	struct unwind u;

	look();
	ck_assert_int_eq(unwind_from_task(&u, &l, &task), 0);
	stack_is(&u, ips);
	ck_assert_int_eq(u.unsure, unsure);
	ck_assert_uint_eq(u.bp, bp);
}

START_TEST(stack_of_a_sleeper)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_READ) + 0x40,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
}
END_TEST

START_TEST(stack_of_a_kernel_thread)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_REALIGNED) + 0x80,
					FAKE_TEXT(FAKE_LONG) + 0x100,
					FAKE_TEXT(FAKE_KTHREAD) + 0x40,
					FAKE_TEXT(FAKE_FORK) + 0x30, UINT64_MAX };

	task_stack_is(FAKE_KTHREADD, ips, false, 0x1234);
}
END_TEST

/* One that nobody has called: zeros follow. */
START_TEST(stack_that_begins)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_READ) + 0x40, UINT64_MAX };

	look();
	for (uint64_t va = ram->task[FAKE_INIT].sp; va < FAKE_VMALLOC + 0x1020; va += 8)
		if (*fake_stack_word(ram, va) == FAKE_TEXT(FAKE_SYSCALL) + 0x20)
			*fake_stack_word(ram, va) = 0;
	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
}
END_TEST

/* Its first address is a function's begin; before that lies another one. */
START_TEST(stack_of_a_new_task)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_FORK), UINT64_MAX };

	task_stack_is(FAKE_NEW, ips, false, 0);
}
END_TEST

/* VALUE of FAKE_INIT's stack is replaced: the address of its place. */
static uint64_t replaced(uint64_t value, uint64_t with)
{
	uint64_t va = ram->task[FAKE_INIT].sp;

	while (*fake_stack_word(ram, va) != value)
		va += 8;
	*fake_stack_word(ram, va) = with;
	return va;
}

/* The addresses to return to that the function graph tracer and two kretprobes have replaced. */
START_TEST(stack_that_is_traced)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_READ) + 0x40,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };
	static const uint64_t graph_unknown[] = { ips[0], FAKE_TEXT(FAKE_RETURN), UINT64_MAX };
	static const uint64_t probe_unknown[] = { ips[0], ips[1], FAKE_TEXT(FAKE_RETHOOK),
						  UINT64_MAX };
	struct fake_task *init = &ram->task[FAKE_INIT];
	const uint64_t graph = replaced(ips[1], FAKE_TEXT(FAKE_RETURN)),
		       probe = replaced(ips[2], FAKE_TEXT(FAKE_RETHOOK));

	ram->ret_stack[0] = (struct fake_ret_stack){ 0, 1, 2 };
	ram->ret_stack[1] = (struct fake_ret_stack){ 0, ips[1], graph };
	init->ret_stack = FAKE_AT(ret_stack);
	init->curr_ret_stack = 1;
	ram->rethook[1] = (struct fake_rethook){ 0, FAKE_AT(rethook[0].next),
						 FAKE_TEXT(FAKE_RETHOOK), probe };
	ram->rethook[0] = (struct fake_rethook){ 0, 0, ips[2], probe };
	init->rethooks = FAKE_AT(rethook[1].next);
	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
	/* both at one place */
	ram->ret_stack[0] = (struct fake_ret_stack){ 0, FAKE_TEXT(FAKE_RETHOOK), probe };
	replaced(FAKE_TEXT(FAKE_RETHOOK), FAKE_TEXT(FAKE_RETURN));
	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
	init->rethooks = 0;
	task_stack_is(FAKE_INIT, probe_unknown, false, FAKE_USER_BP);
	/* a list without end */
	init->rethooks = ram->rethook[1].next = FAKE_AT(rethook[1].next);
	task_stack_is(FAKE_INIT, probe_unknown, false, FAKE_USER_BP);
	ram->rethook[1].next = 9;
	task_stack_is(FAKE_INIT, probe_unknown, false, FAKE_USER_BP);
	init->curr_ret_stack = 0;
	task_stack_is(FAKE_INIT, graph_unknown, false, graph + 32);
	init->curr_ret_stack = INT32_MAX;
	ram->ret_stack[1].retp++;
	task_stack_is(FAKE_INIT, graph_unknown, false, graph + 32);
	init->ret_stack = 8;
	task_stack_is(FAKE_INIT, graph_unknown, false, graph + 32);
}
END_TEST

START_TEST(stack_through_unknown_code)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80, FAKE_MOD_WAIT + 0x40,
					FAKE_BPF + 0x10, FAKE_TEXT(FAKE_READ) + 0x50,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	task_stack_is(FAKE_THREAD2, ips, true, FAKE_USER_BP);
	/* without tables all code is unknown */
	fake_linux_hide_symbol(ram, "R__start_orc_unwind_ip");
	look();
	ck_assert_uint_eq(l.orc, 0);
}
END_TEST

static void cpu_stack_is(unsigned int cpu, const uint64_t *ips)
{
	const struct pt_regs regs = pushed(&fake.regs[cpu]);
	struct unwind u;

	look();
	unwind_from_regs(&u, &l, NULL, &regs);
	stack_is(&u, ips);
	ck_assert(!u.unsure);
}

START_TEST(stack_of_an_interrupt)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_HANDLE_IRQ) + 0x10,
					FAKE_TEXT(FAKE_IRQ) + 0x30, FAKE_TEXT(FAKE_ASM_IRQ) + 0x20,
					FAKE_TEXT(FAKE_READ) + 0x10, FAKE_TEXT(FAKE_SYSCALL) + 0x20,
					USER };

	cpu_stack_is(0, ips);
}
END_TEST

START_TEST(stack_with_an_iret_frame)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_NMI) + 0x10, FAKE_TEXT(FAKE_ASM_NMI) + 0x30,
					FAKE_TEXT(FAKE_ASM_IRQ) + 4, FAKE_TEXT(FAKE_READ) + 0x18,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	cpu_stack_is(1, ips);
}
END_TEST

/* What IRET's frame does not have is in the NMI's: here for code that needs R13. */
START_TEST(stack_with_registers_of_an_nmi)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_NMI) + 0x10, FAKE_TEXT(FAKE_ASM_NMI) + 0x30,
					FAKE_TEXT(FAKE_ASM_IRQ) + 4, FAKE_TEXT(FAKE_R13),
					FAKE_TEXT(FAKE_FORK) + 0x10, UINT64_MAX };
	const uint64_t nmi = fake.regs[1].r[GPR_RSP] + 8;

	*fake_stack_word(ram, *fake_stack_word(ram, nmi + offsetof(struct pt_regs, sp))) = ips[3];
	*fake_stack_word(ram, nmi + offsetof(struct pt_regs, r13)) = FAKE_VMALLOC + 0x108;
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = ips[4];
	cpu_stack_is(1, ips);
}
END_TEST

/* A frame that a register leads to, which is not known any more behind a call. */
START_TEST(stack_by_registers)
{
	static const uint64_t ip[] = { FAKE_TEXT(FAKE_REALIGNED), FAKE_TEXT(FAKE_R13),
				       FAKE_TEXT(FAKE_R13) + 0x20, FAKE_TEXT(FAKE_R13) + 0x40 };
	struct pt_regs regs = { .ip = ip[_i], .sp = FAKE_VMALLOC, .cs = 0x10 };
	uint64_t *const by[] = { &regs.r10, &regs.r13, &regs.di, &regs.dx };
	struct unwind u;

	look();
	*by[_i] = FAKE_VMALLOC + 0x108;
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = ip[_i] + 1;
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(unwind_next(&u));
	ck_assert(u.ip == ip[_i] + 1 && u.sp == FAKE_VMALLOC + 0x108);
	ck_assert(!unwind_next(&u));
	regs.ip = FAKE_TEXT(FAKE_NMI);
	*fake_stack_word(ram, FAKE_VMALLOC) = ip[_i] + 1;
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(unwind_next(&u) && u.ip == ip[_i] + 1);
	ck_assert(!unwind_next(&u));
}
END_TEST

START_TEST(stack_of_a_null_call)
{
	struct pt_regs regs = { .sp = FAKE_VMALLOC + 0x100, .cs = 0x10 };
	struct unwind u;

	look();
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = FAKE_TEXT(FAKE_FORK) + 0x10;
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(unwind_next(&u));
	ck_assert(u.ip == FAKE_TEXT(FAKE_FORK) + 0x10 && !u.unsure);
	ck_assert(!unwind_next(&u));
	/* there is no stack */
	regs.sp = UINT64_MAX - 15;
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(!unwind_next(&u));
	ck_assert(unwind_from_task(&u, &l, &(struct task){ .sp = FAKE_VMALLOC + 0x2000 - 48 }) < 0);
	ck_assert(unwind_from_task(&u, &l, &(struct task){ .sp = 0 }) < 0);
}
END_TEST

/* ORC entries that Linux has not: any frame is the last one. */
START_TEST(orc_damaged)
{
	static const uint16_t bits[] = { 10, 15, 5 | 3 << 8, 5 | 2 << 4, 5 | 15 << 4 };
	struct pt_regs regs = { .ip = FAKE_TEXT(FAKE_NMI), .sp = FAKE_VMALLOC + 0x100 };
	struct unwind u;

	look();
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = FAKE_TEXT(FAKE_NMI);
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(unwind_next(&u));
	for (unsigned int i = 0; i < 20; i++)
		ram->orcs[i].bits = bits[_i];
	unwind_from_regs(&u, &l, NULL, &regs);
	ck_assert(!unwind_next(&u));
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, stack_of_a_sleeper);
	tcase_add_test(tc, stack_of_a_kernel_thread);
	tcase_add_test(tc, stack_that_begins);
	tcase_add_test(tc, stack_of_a_new_task);
	tcase_add_test(tc, stack_that_is_traced);
	tcase_add_test(tc, stack_through_unknown_code);
	tcase_add_test(tc, stack_of_an_interrupt);
	tcase_add_test(tc, stack_with_an_iret_frame);
	tcase_add_test(tc, stack_with_registers_of_an_nmi);
	tcase_add_loop_test(tc, stack_by_registers, 0, 4);
	tcase_add_test(tc, stack_of_a_null_call);
	tcase_add_loop_test(tc, orc_damaged, 0, 5);
	return unit_run(tc);
}
