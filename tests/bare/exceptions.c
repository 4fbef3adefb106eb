// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exceptions.c - every exception that code can raise: vector, error code,
 * saved address, stack, in both privilege levels. SDM vol. 3, chapter 6.
 */
#include "lib.h"

extern void *const vector_table[256];

static uint8_t ist_stack[8192] __attribute__((aligned(16)));
static uint8_t user_stack[8192] __attribute__((aligned(16)));
static volatile uint64_t trap_count, trap_rsp, user_vector, user_error, user_rip;

static void ud2(void) { __asm__ volatile("ud2"); }
static void divide(void) { __asm__ volatile("xor %%ecx, %%ecx; div %%ecx" ::"a"(1), "d"(0) : "ecx"); }
static void noncanonical(void) { (void)*(volatile char *)0x8000000000000000ull; }
static void null_call(void) { __asm__ volatile("call *%0" ::"r"(0x3f000000ull)); }
static void bad_msr(void) { rdmsr(0x12345678); }
static void bad_cr4(void) { write_cr4(read_cr4() | 1ull << 63); }
static void count_trap(struct frame *f)
{
	trap_count++;
	trap_rsp = (uintptr_t)f;
	if (f->vector == UD)
		f->rip += 2;
}

static void supervisor(void)
{
	EXPECT(raises(ud2) == UD && last_trap.error == 0, "ud2: vector %x", last_trap.vector);
	EXPECT(last_trap.cs == KERNEL_CS && last_trap.ss == 0x18, "cs %x ss %x", last_trap.cs,
	       last_trap.ss);
	EXPECT(raises(divide) == DE, "divide: vector %x", last_trap.vector);
	EXPECT(raises(noncanonical) == GP && last_trap.error == 0, "non-canonical: %x, error %x",
	       last_trap.vector, last_trap.error);
	EXPECT(raises(null_call) == PF && last_trap.error == 0x10 && last_cr2 == 0x3f000000,
	       "jump to nowhere: error %x at %x", last_trap.error, last_cr2);
	EXPECT(raises(bad_msr) == GP, "unknown MSR: %x", last_trap.vector);
	EXPECT(raises(bad_cr4) == GP, "reserved bit of CR4: %x", last_trap.vector);
	EXPECT(!(get_flags() & 0x200), "interrupts are on");
}

static void ist(void)
{
	uint64_t top = (uintptr_t)ist_stack + sizeof(ist_stack);

	set_ist(3, (void *)top);
	set_gate(UD, vector_table[UD], 3, 0);
	on_trap = count_trap;
	trap_count = 0;
	ud2();
	ud2();
	on_trap = NULL;
	EXPECT(trap_count == 2, "%d traps", (int)trap_count);
	EXPECT(trap_rsp == top - sizeof(struct frame), "the frame is at %x, the stack ends at %x",
	       trap_rsp, top);
	set_gate(UD, vector_table[UD], 0, 0);
}

static void software(void)
{
	uint64_t before;

	on_trap = count_trap;
	trap_count = 0;
	__asm__ volatile("lea 1f(%%rip), %0; int3; 1:" : "=r"(before)::"memory");
	EXPECT(last_trap.vector == BP && last_trap.rip == before, "int3: vector %x rip %x",
	       last_trap.vector, last_trap.rip);
	__asm__ volatile("lea 1f(%%rip), %0; int $0x42; 1:" : "=r"(before)::"memory");
	EXPECT(last_trap.vector == 0x42 && last_trap.rip == before, "int $0x42: vector %x rip %x",
	       last_trap.vector, last_trap.rip);
	on_trap = NULL;
	EXPECT(trap_count == 2, "%d traps", (int)trap_count);
}

static void user_trap(struct frame *f)
{
	if (f->cs != USER_CS) {
		print("fault in the kernel: vector %x rip %x\n", f->vector, f->rip);
		finish(1);
	}
	user_vector = f->vector;
	user_error = f->error;
	user_rip = f->rip;
	EXPECT(f->ss == 0x2b, "ss %x", f->ss);
	EXPECT(f->flags & 0x200, "flags %x", f->flags);
	leave_user();
}

static void user(void)
{
	static const struct {
		const char *name;
		uint8_t code[8];
		uint64_t vector, error;
		unsigned int rip;
	} cases[] = {
		{ "int $0x80", { 0xcd, 0x80 }, 0x80, 0, 2 },
		{ "int3", { 0xcc }, BP, 0, 1 },
		{ "int $0x42", { 0xcd, 0x42 }, GP, 0x42 * 8 + 2, 0 },
		{ "int $14", { 0xcd, 14 }, GP, 14 * 8 + 2, 0 },
		{ "cli", { 0xfa }, GP, 0, 0 },
		{ "sti", { 0xfb }, GP, 0, 0 },
		{ "hlt", { 0xf4 }, GP, 0, 0 },
		{ "in", { 0xec }, GP, 0, 0 },
		{ "out", { 0xe6, 0xf4 }, GP, 0, 0 },
		{ "mov cr3", { 0x0f, 0x20, 0xd8 }, GP, 0, 0 },
		{ "rdmsr", { 0x0f, 0x32 }, GP, 0, 0 },
		{ "swapgs", { 0x0f, 0x01, 0xf8 }, GP, 0, 0 },
		{ "invlpg", { 0x0f, 0x01, 0x38 }, GP, 0, 0 },
		{ "ud2", { 0x0f, 0x0b }, UD, 0, 0 },
		{ "trap form", { 0x3e, 0xe4, 0x05, 0xfa, 0x90 }, GP, 0, 0 },
		{ "ud0", { 0x0f, 0xff, 0xc0 }, UD, 0, 0 },
		{ "divide", { 0x31, 0xc9, 0xf7, 0xf1 }, DE, 0, 2 },
	};
	uint8_t *page = new_page();

	*area_pte(0) = (uintptr_t)page | PTE_P | PTE_U;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U;
	invlpg((void *)AREA);
	invlpg((void *)(AREA + PAGE));
	on_trap = user_trap;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned int k = 0; k < 8; k++)
			page[k] = cases[i].code[k];
		user_vector = 999;
		enter_user((void *)AREA, (void *)(AREA + 2 * PAGE));
		EXPECT(user_vector == cases[i].vector && user_error == cases[i].error &&
		       user_rip == AREA + cases[i].rip, "%s: vector %x error %x rip %x",
		       cases[i].name, user_vector, user_error, user_rip);
	}
	on_trap = NULL;
}

void test_main(void)
{
	supervisor();
	ist();
	software();
	user();
}
