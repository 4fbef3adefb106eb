// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * remnants.c - what a user finds of the one before him, with --isolation split: that one's
 * registers, in the mailbox of the process that runs both, and his text, in the stubs of
 * call sites.
 *
 * Runs: in the guest, virtual CPL 0 and 3; case=NAME on the command line. The first user
 * leaves a pattern wherever registers are saved: by system calls through a rewritten site,
 * and by a fault. Then the kernel loads another page table, as for another process, and
 * the second reads all that its process has of the monitor's. Or the process has just been
 * made (newborn): a timer ends the first user's turn while that goes on, before it has run.
 */
#include <vm.h>

#include "cases.h"
#include "lib.h"

#define PATTERN	  0x5ec7e75ec7e75ec7ull
#define CR4_PCIDE (1ull << 17)
#define CALLS	  100 /* more than it takes until gate rewrites the site */
#define TIMER	  0x40
#define BIRTHS	  24  /* no more address spaces than a vCPU keeps apart */

static uint64_t other[512] __attribute__((aligned(4096)));
static volatile unsigned int found; /* by the second user: words that are the first one's */
static volatile unsigned int found_stubs;
static volatile bool reads_stubs, no_stubs;
static volatile bool looks_around; /* the second user; *at was not there */
static volatile unsigned int absent;
static unsigned int space;	   /* of the newborn: a PCID */
unsigned int calls;

extern char first_user[], first_user_end[], syscall_entry[];

/* In a page that the guest marks as text: r14 counts. */
__asm__("	.balign 4096\n"
	"first_user:\n"
	"	mov $0x5ec7e75ec7e75ec7, %rbx\n"
	"	mov %rbx, %rbp; mov %rbx, %r12; mov %rbx, %r13; mov %rbx, %r15\n"
	"	movq %rbx, %xmm7\n"
	"	mov $100, %r14d\n"
	"1:	mov $39, %eax\n"
	"	syscall\n"
	"	dec %r14d; jnz 1b\n"
	"	mov 0x10008000, %rax\n" /* AREA + 8 * PAGE: a page fault */
	"	int $0x80\n"
	"first_user_end:\n"
	"	.balign 4096\n"
	"syscall_entry:\n"
	"	incl calls\n"
	"	sysretq\n");

static void second_user(void)
{
	const volatile uint64_t *p = (const volatile uint64_t *)UMVMM_SIBLING;

	/* its own registers may be there: no one of them is the pattern */
	for (; p < (const volatile uint64_t *)(UMVMM_SIBLING + SIBLING_SIZE); p++)
		found += ~*p == ~PATTERN;
	reads_stubs = true;
	for (p = (const volatile uint64_t *)UMVMM_SLOT_TABLE;
	     p < (const volatile uint64_t *)UMVMM_STUBS_END; p++)
		found_stubs += *p != 0;
	__asm__ volatile("int $0x80" ::: "memory");
}

/* Spins until the timer. */
static void waiting_user(void)
{
	for (;;)
		__asm__ volatile("pause");
}

/* Of what the monitor has in its own processes behind its program, nothing is here. */
static void looking_user(void)
{
	looks_around = true;
	for (uint64_t at = UMVMM_VCPU_ADDR; at < UMVMM_SLOT_TABLE; at += PAGE)
		__asm__ volatile("movb (%%rdi), %%al" ::"D"(at) : "rax", "memory");
	__asm__ volatile("int $0x80" ::: "memory");
}

static void trap(struct frame *f)
{
	if (f->vector == TIMER) {
		eoi();
		write_cr3((uintptr_t)other | space);
		f->rip = (uintptr_t)looking_user;
		return;
	}
	if (f->vector == PF && looks_around && last_cr2 >= UMVMM_VCPU_ADDR &&
	    last_cr2 < UMVMM_SLOT_TABLE) {
		absent++;
		f->rip += 2; /* mov (%rdi), %al */
		return;
	}
	if (f->vector == PF && (f->cs & 3) == 3 && last_cr2 == AREA + 8 * PAGE) {
		*area_pte(8) = (uintptr_t)new_page() | PTE_P | PTE_U;
		return;
	}
	if (f->vector == PF && (f->cs & 3) == 3 && reads_stubs) {
		no_stubs = true; /* nothing is mapped there */
		leave_user();
	}
	if (f->vector == SYSCALL_VECTOR)
		leave_user();
	print("vector %x error %x at %x, cr2 %x\n", f->vector, f->error, f->rip, last_cr2);
	finish(1);
}

/* The program's own pages are the user's, too. */
static void share_pages(void)
{
	uint64_t *pdpt = (uint64_t *)(pml4[0] & PTE_ADDR), *pd = (uint64_t *)(pdpt[0] & PTE_ADDR);

	for (unsigned int i = 1; i < 16; i++)
		pd[i] |= PTE_U;
	*area_pte(0) = (uintptr_t)first_user | PTE_P | PTE_U | PTE_A | UMVMM_PTE_TEXT;
	*area_pte(1) = (uintptr_t)new_page() | PTE_P | PTE_W | PTE_U;
	for (unsigned int i = 0; i < 512; i++)
		other[i] = pml4[i];
	write_cr3(read_cr3());
}

static void run_first(void)
{
	set_flags(2);
	enter_user((void *)AREA, (void *)(AREA + 2 * PAGE));
	set_flags(2);
	EXPECT(calls == CALLS, "%d system calls", (int)calls);
}

static void run_second(void)
{
	/* as a kernel loads the second one's own */
	__asm__ volatile("pxor %%xmm7, %%xmm7" ::: "memory");
	enter_user((void *)(uintptr_t)second_user, (uint8_t *)new_page() + 2048);
	set_flags(2);
	EXPECT(!found, "%d registers of the last process", (int)found);
	EXPECT(!found_stubs, "%d words of its stubs", (int)found_stubs);
	EXPECT(reads_stubs, "the second has not looked");
}

/* Another page table, no PCIDs: as at exec, or on a kernel without them. */
static void table(void)
{
	run_first();
	write_cr3((uintptr_t)other);
	run_second();
}

/* A PCID that another process has had. */
static void pcid(void)
{
	write_cr4(read_cr4() | CR4_PCIDE);
	write_cr3((uintptr_t)pml4 | 1);
	run_first();
	write_cr3((uintptr_t)pml4 | 2);
	write_cr3((uintptr_t)other | 1);
	run_second();
}

/* And one that has had the same page for its table. */
static void same_table(void)
{
	write_cr4(read_cr4() | CR4_PCIDE);
	write_cr3((uintptr_t)pml4 | 1);
	run_first();
	write_cr3((uintptr_t)other | 2);
	write_cr3((uintptr_t)pml4 | 1);
	run_second();
}

static void newborn(void)
{
	const unsigned int pages = (UMVMM_SLOT_TABLE - UMVMM_VCPU_ADDR) / PAGE;
	uint64_t delay = 20000;

	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | TIMER);
	write_cr4(read_cr4() | CR4_PCIDE);
	for (space = 1; space <= BIRTHS; space++, delay += delay / 3) {
		absent = 0;
		looks_around = false;
		write_cr3((uintptr_t)pml4 | space);
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + delay);
		enter_user((void *)(uintptr_t)waiting_user, (uint8_t *)new_page() + 2048);
		EXPECT(absent == pages, "%d pages of %d are not there, in space %d, %d cycles",
		       (int)absent, (int)pages, (int)space, (int)delay);
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "table", table },
	{ "pcid", pcid },
	{ "same_table", same_table },
	{ "newborn", newborn },
};

void test_main(void)
{
	on_trap = trap;
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	EXPECT(first_user_end - first_user < (long)PAGE, "the first user is too long");
	share_pages();
	find_case(cases)->run();
}
