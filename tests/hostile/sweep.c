// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sweep.c - user code that jumps to one byte of the monitor after the other, each
 * time with random registers and flags, and with a timer that takes the CPU back.
 *
 * Runs: in the guest, virtual CPL 0 and 3. Command line: from= and to= the addresses,
 * step= their distance, seed= of the registers. A dot is printed before each jump:
 * where it does not come back, tests/hostile/sweep.py counts them. A circumflex is the
 * start: a jump may reset the VM, which then begins anew.
 */
#include "lib.h"
#include "registers.h"

#define TIMER_VECTOR 0x40
#define TICK	     4000000 /* TSC cycles, one to two milliseconds */
#define STACK	     AREA
#define FLAGS	     0x254dd5 /* all that user code can set: TF, NT, AC, DF, ... */
#define PATTERN	     0x1badb002deadbeefull

static unsigned int ticks; /* during this jump */
static unsigned int count[256], calls;

static void next_tick(void)
{
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + TICK);
}

static void trap(struct frame *f)
{
	if (f->vector == TIMER_VECTOR) {
		eoi();
		next_tick();
		if (++ticks < 2 || (f->cs & 3) != 3)
			return;
	}
	if ((f->cs & 3) != 3) {
		print("vector %x in the kernel at %x\n", f->vector, f->rip);
		finish(1);
	}
	count[f->vector & 255]++;
	leave_user();
}

static void user_page(unsigned int n)
{
	*area_pte(n) = (uintptr_t)new_page() | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
}

static void prepare(void)
{
	user_page(0);
	user_page(1);
	/* a system call comes back, too */
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	wrmsr(MSR_STAR, 0x0023001000000000);
	wrmsr(MSR_LSTAR, (uintptr_t)leave_user);
	wrmsr(MSR_FMASK, 0x47700);
	on_trap = trap;
	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2 << 17 | TIMER_VECTOR);
	next_tick();
}

void test_main(void)
{
	const uint64_t from = number("from"), to = number("to"), step = number("step");
	uint64_t x = random_start(number("seed")), *witness = new_page(), regs[REGISTERS];
	uint32_t jumps = 0, sum;

	for (unsigned int i = 0; i < 512; i++)
		witness[i] = PATTERN + i;
	print("^");
	prepare();
	for (uint64_t at = from; at < to; at += step) {
		random_registers(&x, regs, (void *)(STACK + PAGE), at);
		ticks = 0;
		print(".");
		enter_user_regs(regs, 0x202 | (random_next(&x) & random_next(&x) & FLAGS));
		set_flags(2);
		jumps++;
	}
	sum = 0;
	for (unsigned int i = 0; i < 256; i++)
		sum += count[i];
	calls = jumps - sum;
	print("\nswept %d: %d system calls", (int)jumps, (int)calls);
	for (unsigned int i = 0; i < 256; i++)
		if (count[i])
			print(", %d vector %x", (int)count[i], (uint64_t)i);
	print("\n");
	for (unsigned int i = 0; i < 512; i++)
		EXPECT(witness[i] == PATTERN + i, "kernel memory was changed");
}
