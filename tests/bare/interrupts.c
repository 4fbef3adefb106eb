// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * interrupts.c - the local APIC in x2APIC mode: self-IPI, IF, priorities, CR8,
 * the TSC-deadline timer, HLT. SDM vol. 3, chapter 10.
 */
#include "lib.h"

#define LOW  0x41
#define HIGH 0x91
#define TIMER 0xe0

static volatile unsigned int order[16], seen;
static volatile uint64_t timer_at;

static void on_interrupt(struct frame *f)
{
	if (f->vector < 32) {
		print("exception %x at %x\n", f->vector, f->rip);
		finish(1);
	}
	EXPECT(!(get_flags() & 0x200), "interrupts are on in a handler");
	EXPECT(f->flags & 0x200, "an interrupt with IF clear");
	if (f->vector == TIMER)
		timer_at = rdtsc();
	if (seen < 16)
		order[seen] = (unsigned int)f->vector;
	seen++;
	eoi();
}

static void self_ipi(unsigned int vector)
{
	wrmsr(X2APIC_SELF_IPI, vector);
}

static void window(void)
{
	sti();
	__asm__ volatile("nop; nop");
	cli();
}

static void simple(void)
{
	for (int i = 0; i < 1000; i++) {
		seen = 0;
		self_ipi(LOW);
		EXPECT(seen == 0, "an interrupt with IF clear");
		window();
		EXPECT(seen == 1 && order[0] == LOW, "%d interrupts, vector %d", seen, order[0]);
		window();
		EXPECT(seen == 1, "it came twice");
		/* with interrupts on it comes at once */
		sti();
		self_ipi(HIGH);
		__asm__ volatile("nop");
		cli();
		EXPECT(seen == 2 && order[1] == HIGH, "%d interrupts", seen);
		/* by popf */
		self_ipi(LOW);
		set_flags(get_flags() | 0x200);
		__asm__ volatile("nop");
		cli();
		EXPECT(seen == 3, "popf: %d interrupts", seen);
	}
}

static void priorities(void)
{
	seen = 0;
	self_ipi(LOW);
	self_ipi(HIGH);
	self_ipi(LOW); /* one and the same */
	window();
	window();
	EXPECT(seen == 2 && order[0] == HIGH && order[1] == LOW, "%d: %d, %d", seen, order[0],
	       order[1]);
	seen = 0;
	write_cr8(8); /* holds back classes up to 8 */
	self_ipi(LOW);
	window();
	EXPECT(seen == 0, "CR8 does not hold back");
	self_ipi(HIGH);
	window();
	EXPECT(seen == 1 && order[0] == HIGH, "CR8 holds back too much");
	sti();
	write_cr8(0);
	__asm__ volatile("nop");
	cli();
	EXPECT(seen == 2 && order[1] == LOW, "lowered CR8: %d interrupts", seen);
}

static void deadline(void)
{
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | TIMER);
	for (int i = 0; i < 20; i++) {
		uint64_t target = rdtsc() + 2000000;

		seen = 0;
		timer_at = 0;
		wrmsr(MSR_TSC_DEADLINE, target);
		EXPECT(rdmsr(MSR_TSC_DEADLINE) == target || rdtsc() >= target, "the deadline reads %x",
		       rdmsr(MSR_TSC_DEADLINE));
		if (i & 1) {
			__asm__ volatile("sti; hlt; cli" ::: "memory");
		} else {
			sti();
			while (!seen)
				__asm__ volatile("pause");
			cli();
		}
		EXPECT(seen == 1 && timer_at >= target, "%d interrupts, at %x, not %x", seen, timer_at,
		       target);
		EXPECT(rdmsr(MSR_TSC_DEADLINE) == 0, "the deadline is still armed");
	}
	/* in the past: at once; zero: never */
	seen = 0;
	wrmsr(MSR_TSC_DEADLINE, 1);
	sti();
	for (unsigned int i = 0; i < 100000000 && !seen; i++)
		__asm__ volatile("pause");
	cli();
	EXPECT(seen == 1, "a deadline in the past");
	/* far enough that a busy host lets us disarm it */
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 200000000);
	wrmsr(MSR_TSC_DEADLINE, 0);
	sti();
	for (uint64_t end = rdtsc() + 250000000; rdtsc() < end;)
		__asm__ volatile("pause");
	cli();
	EXPECT(seen == 1, "a disarmed timer");
}

void test_main(void)
{
	apic_on();
	on_trap = on_interrupt;
	simple();
	priorities();
	deadline();
}
