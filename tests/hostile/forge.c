// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forge.c - user code with --isolation split that lies to its context: orders in the
 * mailbox, hand-offs and signal frames of its own making.
 *
 * Runs: in the guest, virtual CPL 0 and 3; case=NAME on the command line. The lies
 * are told at CPL 3, in pages that user code may use. Whatever they are, the kernel
 * must go on, with an exception that this user may raise, and its memory must stay
 * out of reach.
 */
#include <vm.h>

#include "cases.h"
#include "lib.h"

#define rdtsc monitor_rdtsc /* both have it */
#include "context/host.h"
#include "context/sibling.h"
#undef rdtsc
#include "entry/signal.h"

#define SECRET	      0x3a3a5ec2e7ull
#define SECRET_AT     (32 * MiB)
#define ELSEWHERE     0x50000000ul /* not mapped by the guest */
#define TIMER_VECTOR  0x40
#define CYCLES	      200000000ull /* until a timer ends what goes on for ever */

#define BOX	((volatile struct sibling_box *)UMVMM_SIBLING)
#define HANDOFF (*(uint64_t *)(UMVMM_GATE_TABLE + 8ul * UMVMM_GATE_HANDOFF) - 2) /* its SYSCALL */

static uint64_t handoff;
static int vectors[256];

/* ---- at CPL 3 ---- */

static volatile unsigned int tries; /* of the case: the user begins anew when it was believed */
static volatile bool leaked;

static void done(void)
{
	__asm__ volatile("int $0x80" ::: "memory");
}

static void hand_off(uint64_t reason, uint64_t second, uint64_t third)
{
	__asm__ volatile("call *%0"
			 :
			 : "r"(handoff), "a"(SIBLING_CALL), "D"(reason), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
}

/* Only the first time: afterwards the user looks what it has got. */
static bool first(void)
{
	return tries++ == 0;
}

static void look(void)
{
	leaked = *(volatile uint64_t *)ELSEWHERE == SECRET;
	done();
}

/* An order to map the kernel's memory. */
static void order_mapping(unsigned int i)
{
	BOX->op[i].nr = __NR_mmap;
	BOX->op[i].arg[0] = ELSEWHERE;
	BOX->op[i].arg[1] = PAGE;
	BOX->op[i].arg[2] = PROT_READ | PROT_WRITE;
	BOX->op[i].arg[3] = MAP_SHARED | MAP_FIXED;
	BOX->op[i].arg[4] = FD_PHYSMEM;
	BOX->op[i].arg[5] = SECRET_AT;
	BOX->nops = i + 1;
}

static volatile struct host_ucontext *frame(void)
{
	return (volatile struct host_ucontext *)(UMVMM_SIBLING + SIBLING_STACK + 0x1000);
}

/* A signal as the host would report it; its frame has RIP. */
static void forge_signal(int signal, uint64_t rip)
{
	frame()->fpstate = UMVMM_SIBLING + SIBLING_STACK + 0x1800;
	frame()->rip = rip;
	frame()->rsp = UMVMM_SIBLING + SIBLING_STACK + 0x800;
	frame()->rax = SIBLING_CALL;
	frame()->rdi = (uint64_t)signal;
	frame()->rsi = UMVMM_SIBLING + SIBLING_STACK;
	frame()->rdx = (uintptr_t)frame();
	hand_off((uint64_t)signal, UMVMM_SIBLING + SIBLING_STACK, (uintptr_t)frame());
}

/* "My first order failed": the others are carried out. */
static void failed_order(void)
{
	if (!first())
		look();
	BOX->op[0].nr = __NR_mprotect;
	order_mapping(1);
	hand_off((uint64_t)SIBLING_FAILED, 0, (uint64_t)-12);
	done();
}

/* "A kick came while I carried out orders": all to be done once more. */
static void restarted_orders(void)
{
	if (!first())
		look();
	order_mapping(0);
	forge_signal(SIGUSR1, handoff + 2);
	done();
}

static void other_failures(void)
{
	static const uint64_t numbers[] = { 0, 1, 39, 40, 1000, ~0ull };
	unsigned int i = tries++;

	BOX->nops = 2;
	BOX->op[0].nr = i & 1 ? __NR_mmap : DEBUG_CALL;
	if (i < 2 * sizeof(numbers) / sizeof(numbers[0]))
		hand_off((uint64_t)SIBLING_FAILED, numbers[i / 2], (uint64_t)-1);
	done();
}

static void orders_done(void)
{
	if (first())
		hand_off((uint64_t)SIBLING_DONE, 0, 0);
	done();
}

/* It claims to be in its gate, where no interrupt comes in, again and again. */
static void for_ever_in_gate(void)
{
	forge_signal(SIGUSR1, handoff);
}

/* Vectors that no user code can raise: NMI, double fault, machine check, ... */
static void strange_vectors(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE };
	unsigned int i = tries++;

	if (i >= 3 * 32)
		done();
	frame()->trapno = i / 3;
	frame()->cr2 = ELSEWHERE;
	forge_signal(signals[i % 3], handoff);
}

/* The same page, which is there, for ever. */
static void endless_fault(void)
{
	tries++;
	frame()->trapno = PF;
	frame()->cr2 = (uintptr_t)&tries;
	forge_signal(SIGSEGV, handoff);
}

/* "The host has lost that page." */
static void lost_memory(void)
{
	if (!first())
		done();
	frame()->trapno = PF;
	frame()->cr2 = (uintptr_t)&tries;
	forge_signal(SIGBUS, handoff);
}

/* The host has no room for a frame on the signal stack that the user is on already. */
static void small_signal_stack(void)
{
	__asm__ volatile("mov %0, %%rsp; ud2" ::"r"((uint64_t)UMVMM_SIBLING + SIBLING_STACK + 512));
}

#define INT_99	(SECRET_AT + 64) /* instructions of the kernel's */
#define INT_80	(SECRET_AT + 80)
#define CPUID	(SECRET_AT + 96)
#define IDT_ERR 0x402

/* "I am in the kernel, and my instruction there has faulted": what happens tells which it is. */
static void kernel_code(void)
{
	volatile struct host_siginfo *si =
		(volatile struct host_siginfo *)(UMVMM_SIBLING + SIBLING_STACK);

	switch (tries++) {
	case 0:
		frame()->trapno = GP;
		frame()->err = IDT_ERR;
		forge_signal(SIGSEGV, INT_99);
		break;
	case 1:
		frame()->trapno = GP;
		frame()->err = 0;
		forge_signal(SIGSEGV, CPUID);
		break;
	case 2:
		si->sys_arch = 0x40000003; /* AUDIT_ARCH_I386 */
		forge_signal(SIGSYS, INT_80 + 2);
	}
	done();
}

/*
 * The call for a base of FS or GS, which needs no cookie where it is made: with any number,
 * and r12 as where to go on.
 */
static uint64_t base_call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			  uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;

	__asm__ volatile("lea 1f(%%rip), %%r12\n"
			 "	xor %%r14d, %%r14d\n"
			 "	jmp *%3\n"
			 "1:"
			 : "+a"(nr), "+D"(a), "+S"(b)
			 : "r"(handoff + SIBLING_BASE_CALL), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "r12", "r14", "memory");
	return nr;
}

static volatile bool own_base;

/* Its own base it may set, even to where nothing is; no other call passes there. */
static void bases(void)
{
	static const uint64_t word = SECRET + 1;
	uint64_t seen;

	switch (tries++) {
	case 0:
		base_call(__NR_arch_prctl, ARCH_SET_GS, (uintptr_t)&word, 0, 0, 0, 0);
		__asm__ volatile("mov %%gs:0, %0" : "=r"(seen));
		own_base = seen == word;
		base_call(__NR_arch_prctl, ARCH_SET_FS, ~0ull, 0, 0, 0, 0);
		base_call(__NR_arch_prctl, ARCH_SET_FS, UMVMM_VM_ADDR, 0, 0, 0, 0);
		done();
		break;
	case 1:
		base_call(__NR_mmap, ELSEWHERE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
			  FD_PHYSMEM, SECRET_AT);
		break;
	case 2:
		base_call(__NR_mprotect, (uintptr_t)BOX, PAGE, PROT_READ, 0, 0, 0);
		break;
	case 3:
		base_call(__NR_arch_prctl, ARCH_SET_CPUID, 1, 0, 0, 0, 0);
		break;
	case 4:
		base_call(SIBLING_CALL, SIBLING_SYSCALL, 0, 0, 0, 0, 0);
	}
	look();
}

/* ---- at CPL 0 ---- */

static unsigned int read_for_user; /* traps that tell what the kernel's code is */

static void trap(struct frame *f)
{
	vectors[f->vector & 255]++;
	if (f->rip >= SECRET_AT && f->rip < SECRET_AT + PAGE && f->rip != INT_99 && f->rip != CPUID)
		read_for_user++;
	if (f->vector == GP && f->error != 0 && f->error != IDT_ERR)
		read_for_user++;
	if (f->vector == TIMER_VECTOR)
		eoi();
	if ((f->cs & 3) == 3)
		leave_user();
	if (f->vector != TIMER_VECTOR)
		EXPECT(false, "vector %x in the kernel at %x", f->vector, f->rip);
}

/* The program's own pages are the user's, too; what lies behind them is not. */
static void share_pages(void)
{
	uint64_t *pdpt = (uint64_t *)(pml4[0] & PTE_ADDR), *pd = (uint64_t *)(pdpt[0] & PTE_ADDR);

	for (unsigned int i = 1; i < SECRET_AT / (2 * MiB) / 2; i++)
		pd[i] |= PTE_U;
	write_cr3(read_cr3());
}

static void run_user(void (*code)(void))
{
	void *stack = (uint8_t *)new_page() + 2048;

	set_flags(2);
	enter_user((void *)(uintptr_t)code, stack);
	set_flags(2);
}

/* What a user that is caught may get. */
static bool harmless(unsigned int vector)
{
	return vector == UD || vector == GP || vector == PF || vector == SYSCALL_VECTOR ||
	       vector == DE || (vector >= 4 && vector <= 5) || (vector >= 10 && vector <= 12) ||
	       (vector >= 16 && vector <= 19 && vector != 18);
}

static const struct lie {
	const char *name;
	void (*user)(void);
	unsigned int runs;
	bool timer;
} cases[] = {
	{ "failed_order", failed_order, 2, false },
	{ "restarted_orders", restarted_orders, 2, false },
	{ "other_failures", other_failures, 12, false },
	{ "orders_done", orders_done, 2, false },
	{ "for_ever_in_gate", for_ever_in_gate, 1, true },
	{ "strange_vectors", strange_vectors, 3 * 32, true },
	{ "endless_fault", endless_fault, 1, false },
	{ "lost_memory", lost_memory, 2, true },
	{ "small_signal_stack", small_signal_stack, 2, false },
	{ "kernel_code", kernel_code, 3, true },
	{ "bases", bases, 6, true },
};

static void run(void (*user)(void), unsigned int runs, bool timer)
{
	*(volatile uint64_t *)SECRET_AT = SECRET;
	*(volatile uint16_t *)INT_99 = 0x99cd;
	*(volatile uint16_t *)INT_80 = 0x80cd;
	*(volatile uint16_t *)CPUID = 0xa20f;
	handoff = HANDOFF;
	share_pages();
	on_trap = trap;
	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2 << 17 | TIMER_VECTOR);
	for (unsigned int i = 0; i < runs; i++) {
		if (timer)
			wrmsr(MSR_TSC_DEADLINE, rdtsc() + CYCLES);
		run_user(user);
	}
	EXPECT(!leaked, "the user has seen the kernel's memory");
	EXPECT(own_base || user != bases, "the user has not set its base");
	EXPECT(!read_for_user, "%d exceptions tell what is there", read_for_user);
	for (unsigned int i = 0; i < 256; i++)
		if (vectors[i])
			print("%d times vector %x\n", vectors[i], (uint64_t)i);
	for (unsigned int i = 0; i < 32; i++)
		EXPECT(!vectors[i] || harmless(i), "%d exceptions of vector %x", vectors[i],
		       (uint64_t)i);
}

void test_main(void)
{
	const struct lie *lie = find_case(cases);

	run(lie->user, lie->runs, lie->timer);
}
