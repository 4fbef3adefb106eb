// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tables.c - a kernel with wild descriptor tables, page tables and loops.
 *
 * Runs: in the guest, virtual CPL 0; case=NAME on the command line. A case that
 * returns has run on as hardware does; the others end the VM or never end.
 */
#include "cases.h"
#include "lib.h"

#define NOWHERE	    0x30000000ul /* not mapped */
#define BEYOND_RAM  0x90000000ul /* not memory */
#define CR4_PGE	    (1u << 7)
#define CR4_PCIDE   (1u << 17)
#define RECURSIVE   0x640000000000ul /* PML4 slot 200 */
#define PML4_SLOT   200

extern void *const vector_table[256];

struct pseudo {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static void lidt(uint64_t base, uint16_t limit)
{
	const struct pseudo p = { limit, base };

	__asm__ volatile("lidt %0" ::"m"(p) : "memory");
}

static void lgdt(uint64_t base, uint16_t limit)
{
	const struct pseudo p = { limit, base };

	__asm__ volatile("lgdt %0" ::"m"(p) : "memory");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void undefined(void)
{
	__asm__ volatile("ud2");
}

static void reload(void)
{
	write_cr3(read_cr3());
}

/* ---- descriptor tables ---- */

static void idt_nowhere(void)
{
	lidt(NOWHERE, 0xfff);
	breakpoint();
}

static void idt_noncanonical(void)
{
	lidt(0xdead000000000000, 0xffff);
	undefined();
}

static void idt_empty(void)
{
	lidt(0, 0);
	undefined();
}

/* Every vector leads to where nothing is mapped: until the stack is used up. */
static void handlers_nowhere(void)
{
	for (unsigned int v = 0; v < 256; v++)
		set_gate(v, (void *)NOWHERE, 0, 0);
	breakpoint();
}

static void handlers_in_monitor(void)
{
	for (unsigned int v = 0; v < 256; v++)
		set_gate(v, (void *)(0x7f802000ul + v * 37), 0, 0);
	undefined();
}

static void ist_nowhere(void)
{
	set_ist(1, (void *)NOWHERE);
	set_ist(2, (void *)0x7bc80000);
	for (unsigned int v = 0; v < 256; v++)
		set_gate(v, vector_table[v], 1, 0);
	undefined();
}

/* Frames of exceptions are pushed into the monitor's own pages. */
static void ist_in_monitor(void)
{
	for (uint64_t at = 0x7b800000; at < 0x7be00000; at += 0x7000) {
		set_ist(1, (void *)at);
		set_gate(UD, vector_table[UD], 1, 0);
		set_gate(PF, vector_table[PF], 0, 0);
		(void)raises(undefined);
	}
}

static void user_code(void)
{
	__asm__ volatile("1: ud2; jmp 1b");
}

static void tss_nowhere(void)
{
	static uint64_t gdt[4];
	uint64_t base = NOWHERE;

	gdt[2] = 103 | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	lgdt((uintptr_t)gdt, sizeof(gdt) - 1);
	__asm__ volatile("ltr %w0" ::"r"(0x10));
	enter_user((void *)user_code, (void *)(AREA + PAGE));
}

static void ltr_nowhere(void)
{
	lgdt(NOWHERE, 0xffff);
	__asm__ volatile("ltr %w0" ::"r"(0x10));
}

static void lldt_nowhere(void)
{
	lgdt(NOWHERE, 0xffff);
	__asm__ volatile("lldt %w0" ::"r"(0x18));
}

static void segments(void)
{
	lgdt(0xdead000000000000, 0xffff);
	__asm__ volatile("mov %0, %%ds" ::"r"(0xfff3));
}

static void expect_gp(void (*fn)(void))
{
	int v = raises(fn);

	/* a table that cannot be read is a page fault on hardware */
	EXPECT(v == GP || v == PF, "vector %d", v);
}

/* ---- page tables ---- */

static void cr3_beyond(void)
{
	write_cr3(BEYOND_RAM);
}

static void pml4_beyond(void)
{
	pml4[0] = BEYOND_RAM | PTE_P | PTE_W | PTE_U;
	reload();
}

static void read_area(void)
{
	EXPECT(*(volatile uint64_t *)AREA == ~0ull, "not all ones");
	*(volatile uint64_t *)AREA = 1;
}

/* Nothing answers there: all ones, and writes are lost. */
static void pte_beyond(void)
{
	*area_pte(0) = 0xffffff0000000 | PTE_P | PTE_W;
	invlpg((void *)AREA);
	read_area();
	*area_pte(0) = BEYOND_RAM | PTE_P | PTE_W;
	invlpg((void *)AREA);
	read_area();
}

static void execute_beyond(void)
{
	*area_pte(0) = BEYOND_RAM | PTE_P | PTE_W;
	invlpg((void *)AREA);
	((void (*)(void))AREA)();
}

static void huge_beyond(void)
{
	uint64_t *table = new_page();

	pml4[1] = (uintptr_t)table | PTE_P | PTE_W;
	table[0] = PTE_P | PTE_W | PTE_S; /* 1 GiB, of which 64 MiB are there */
	reload();
	EXPECT(*(volatile uint64_t *)(0x8000000000 + (uintptr_t)pml4) == pml4[0], "1 GiB page");
	EXPECT(*(volatile uint64_t *)(0x8000000000 + 65 * MiB) == ~0ull, "behind the memory");
}

/* The tables see themselves, as some kernels have it. */
static void recursive(void)
{
	volatile uint64_t *self =
		(volatile uint64_t *)(RECURSIVE | (uint64_t)PML4_SLOT << 30 |
				      (uint64_t)PML4_SLOT << 21 | (uint64_t)PML4_SLOT << 12);

	pml4[PML4_SLOT] = (uintptr_t)pml4 | PTE_P | PTE_W;
	reload();
	EXPECT(self[0] == pml4[0], "reads %x", self[0]);
	self[PML4_SLOT + 1] = 42;
	EXPECT(pml4[PML4_SLOT + 1] == 42, "reads %x", pml4[PML4_SLOT + 1]);
	pml4[PML4_SLOT + 1] = 0;
}

/* All 512 entries of all levels: prefill must not walk 2^36 entries. */
static void recursive_everywhere(void)
{
	uint64_t *all = new_page();
	uint64_t first = pml4[0];

	for (unsigned int i = 0; i < 512; i++)
		all[i] = (uintptr_t)all | PTE_P | PTE_W | PTE_A | PTE_D | PTE_G;
	for (unsigned int i = 1; i < 512; i++)
		pml4[i] = (uintptr_t)all | PTE_P | PTE_W | PTE_A | PTE_D | PTE_G;
	pml4[0] = first;
	write_cr4(read_cr4() | CR4_PGE | CR4_PCIDE);
	for (uint64_t pcid = 1; pcid < 8; pcid++)
		write_cr3((uintptr_t)pml4 | pcid);
	EXPECT(*(volatile uint64_t *)RECURSIVE == all[0], "recursion");
}

/* Every access through it changes the table that maps it. */
static void own_entry(void)
{
	uint64_t bits = PTE_P | PTE_W | PTE_A | PTE_D;

	*area_pte(0) = (uintptr_t)area_pt | bits;
	invlpg((void *)AREA);
	for (unsigned int i = 0; i < 1000; i++) {
		*(volatile uint64_t *)AREA = (uintptr_t)area_pt | (i & 1 ? PTE_P | PTE_W : bits);
		invlpg((void *)AREA);
	}
}

static void map_monitor(void)
{
	*area_pd_entry() = 0;
	for (uint64_t va = 0x7b800000; va < 0x7be00000; va += MiB / 4) {
		static uint64_t *table;
		uint64_t *pdpt = (uint64_t *)(pml4[0] & PTE_ADDR);

		if (!table) {
			table = new_page();
			pdpt[1] = (uintptr_t)table | PTE_P | PTE_W | PTE_U;
		}
		table[va >> 21 & 511] = 32 * MiB | PTE_P | PTE_W | PTE_S;
		reload();
		(void)*(volatile uint8_t *)va;
	}
}

static void map_top(void)
{
	uint64_t *table = new_page();

	for (unsigned int i = 128; i < 256; i++)
		pml4[i] = (uintptr_t)table | PTE_P | PTE_W;
	for (unsigned int i = 0; i < 512; i++)
		table[i] = PTE_P | PTE_W | PTE_S;
	reload();
	(void)*(volatile uint8_t *)0x6e8000000000;
	(void)*(volatile uint8_t *)0x708000000000;
	(void)*(volatile uint8_t *)0x6ff000000000;
}

/* ---- ways out ---- */

static void iretq_wild(void)
{
	__asm__ volatile("push $0x1234; push $0; push $-1; push $0x4321; push $0; iretq");
}

static void iretq_noncanonical(void)
{
	__asm__ volatile("movabs $0xdead00000000, %%rax; push $0x18; push %%rsp; push $2;"
			 "push $0x10; push %%rax; iretq" ::: "rax");
}

static void iretq_nowhere(void)
{
	__asm__ volatile("mov %0, %%rsp; iretq" ::"r"(NOWHERE));
}

static void stack_nowhere(void)
{
	__asm__ volatile("mov %0, %%rsp; push %%rax" ::"r"(NOWHERE));
}

static void stack_in_monitor(void)
{
	__asm__ volatile("mov %0, %%rsp; ud2" ::"r"(0x7f900000ul));
}

static void paging_off(void)
{
	write_cr0(read_cr0() & ~(1ul << 31));
}

static void gs_wild(void)
{
	__asm__ volatile("wrgsbase %0; wrfsbase %0; mov %%gs:0, %%rax" ::"r"(0x7fffffffe000) : "rax");
}

/* ---- loops ---- */

/* For an interrupt that nothing sends. */
static void wait_for_ever(void)
{
	print("loops\n");
	sti();
	for (;;)
		__asm__ volatile("hlt");
}

static void halt_for_ever(void)
{
	cli();
	for (;;)
		__asm__ volatile("hlt");
}

static void spin(void)
{
	print("loops\n");
	cli();
	for (;;)
		;
}

static void print_for_ever(void)
{
	cli();
	for (;;)
		print("loops\n");
}

static void on_storm(struct frame *f)
{
	(void)f;
	wrmsr(X2APIC_SELF_IPI, 0x40);
	eoi();
}

/* One interrupt after the other; the code between them hardly gets on. */
static void storm(void)
{
	print("loops\n");
	apic_on();
	on_trap = on_storm;
	wrmsr(X2APIC_SELF_IPI, 0x40);
	sti();
	for (;;)
		;
}

static void storm_broken(void)
{
	apic_on();
	wrmsr(X2APIC_SELF_IPI, 0x40);
	lidt(NOWHERE, 0xffff);
	sti();
	for (;;)
		;
}

/* Interrupts without handlers: each is a general protection fault. */
static void storm_absent(void)
{
	static uint64_t idt[32][2];
	const struct pseudo p = { sizeof(idt) - 1, (uintptr_t)idt };

	apic_on();
	__asm__ volatile("lidt %0" ::"m"(p) : "memory");
	wrmsr(X2APIC_SELF_IPI, 0x40);
	sti();
	for (;;)
		;
}

static void deadline_past(void)
{
	print("loops\n");
	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2 << 17 | 0x40);
	cli();
	for (;;)
		wrmsr(MSR_TSC_DEADLINE, 1);
}

static const struct wild {
	const char *name;
	void (*run)(void);
	bool gp; /* ends with a general protection fault, and goes on */
} cases[] = {
	{ "idt_nowhere", idt_nowhere, false },
	{ "idt_noncanonical", idt_noncanonical, false },
	{ "idt_empty", idt_empty, false },
	{ "handlers_nowhere", handlers_nowhere, false },
	{ "handlers_in_monitor", handlers_in_monitor, false },
	{ "ist_nowhere", ist_nowhere, false },
	{ "ist_in_monitor", ist_in_monitor, false },
	{ "tss_nowhere", tss_nowhere, false },
	{ "ltr_nowhere", ltr_nowhere, true },
	{ "lldt_nowhere", lldt_nowhere, true },
	{ "segments", segments, false },
	{ "cr3_beyond", cr3_beyond, false },
	{ "pml4_beyond", pml4_beyond, false },
	{ "pte_beyond", pte_beyond, false },
	{ "execute_beyond", execute_beyond, false },
	{ "huge_beyond", huge_beyond, false },
	{ "recursive", recursive, false },
	{ "recursive_everywhere", recursive_everywhere, false },
	{ "own_entry", own_entry, false },
	{ "map_monitor", map_monitor, false },
	{ "map_top", map_top, false },
	{ "iretq_wild", iretq_wild, true },
	{ "iretq_noncanonical", iretq_noncanonical, true },
	{ "iretq_nowhere", iretq_nowhere, false },
	{ "stack_nowhere", stack_nowhere, false },
	{ "stack_in_monitor", stack_in_monitor, false },
	{ "paging_off", paging_off, false },
	{ "gs_wild", gs_wild, true },
	{ "wait_for_ever", wait_for_ever, false },
	{ "halt_for_ever", halt_for_ever, false },
	{ "spin", spin, false },
	{ "print_for_ever", print_for_ever, false },
	{ "storm", storm, false },
	{ "storm_broken", storm_broken, false },
	{ "storm_absent", storm_absent, false },
	{ "deadline_past", deadline_past, false },
};

void test_main(void)
{
	const struct wild *wild = find_case(cases);

	if (wild->gp)
		expect_gp(wild->run);
	else
		wild->run();
}
