// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * double_fault.c - a page fault whose frame cannot be pushed is a double fault,
 * taken on a stack of the interrupt stack table.
 */
#include "lib.h"

extern void *const vector_table[256];
static uint8_t ist_stack[8192] __attribute__((aligned(16)));

static void on_double_fault(struct frame *f)
{
	EXPECT(f->vector == DF && f->error == 0, "vector %x error %x", f->vector, f->error);
	EXPECT(f->rsp == 0x3ff00000, "rsp %x", f->rsp);
	EXPECT((uintptr_t)f > (uintptr_t)ist_stack &&
	       (uintptr_t)f < (uintptr_t)ist_stack + sizeof(ist_stack), "the frame is at %x",
	       (uintptr_t)f);
	print(failures ? "failed\n" : "passed\n");
	finish(failures != 0);
}

void test_main(void)
{
	set_ist(1, ist_stack + sizeof(ist_stack));
	set_gate(DF, vector_table[DF], 1, 0);
	on_trap = on_double_fault;
	/* nothing is mapped at the stack, nor where it pushes */
	__asm__ volatile("mov $0x3ff00000, %%rsp; push %%rax" ::: "memory");
	finish(2);
}
