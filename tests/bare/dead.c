// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dead.c - the last CPU halts with interrupts off: the VM ends. What can wake a CPU does
 * before: an interrupt, with interrupts on, however long it takes.
 *
 * Flags: status=124
 */
#include "lib.h"

#define VECTOR 0x40

static volatile int ticks;

static void tick(struct frame *f)
{
	if (f->vector != VECTOR) {
		print("exception %x at %x\n", f->vector, f->rip);
		finish(1);
	}
	ticks++;
	eoi();
}

void test_main(void)
{
	apic_on();
	on_trap = tick;
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | VECTOR);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 3000000000ull);
	while (!ticks)
		__asm__ volatile("sti; hlt; cli" ::: "memory");
	/* one that is pending, but not let in, does not count */
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 1000000000ull);
	print("halts for good\n");
	for (;;)
		__asm__ volatile("hlt" ::: "memory");
}
