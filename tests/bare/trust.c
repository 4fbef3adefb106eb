// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust.c - --isolation users: user code is kept from the kernel's memory while its address
 * space is not trusted, whoever said so last, and how: by the MSR or by CR3, before the user
 * ran or in the middle of its system calls, with timer interrupts at ever changing times.
 *
 * In the other modes the MSR reads as 0, and what is said changes nothing.
 */
#include "lib.h"

#include <umvmm/abi.h>

#define TIMER	   0xe0
#define ROUNDS	   1500
#define CALLS	   24 /* of each round: after some rounds gate rewrites the site */
#define SECRET	   (AREA + 3 * PAGE)
#define VALUE	   0x5eed
#define DENIED	   0xde41ed
#define CR3_NOFLUSH (1ull << 63)
#define CR4_PCIDE   (1ull << 17)
#define SPACES	   3 /* the same tables, by another PCID each */

extern char trust_entry[], trust_user[], trust_secret[], trust_after_secret[], trust_end[];
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static uint64_t secret[512] __attribute__((aligned(4096)));

static bool users; /* the mode */
static unsigned int space;
static bool trusted[SPACES + 1];
static unsigned int calls, change_at, given, taken, timers;
static uint32_t seed = 1;

static uint32_t some(uint32_t below)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % below;
}

static uint64_t address(const char *label)
{
	return AREA + (uint64_t)(label - trust_user);
}

/* By a register of the CPU, for the address space that is loaded. */
static void say(bool trust)
{
	wrmsr(UMVMM_MSR_TRUST, trust);
	trusted[space] = trust;
}

/* By loading another address space; if it is the same one, CR3 says nothing. */
static void load(unsigned int pcid, bool trust)
{
	uint64_t cr3 = (uintptr_t)pml4 | pcid;

	if (pcid != space)
		trusted[pcid] = trust;
	space = pcid;
	write_cr3(cr3 | (trust ? UMVMM_CR3_TRUSTED : 0) | (some(2) ? CR3_NOFLUSH : 0));
	EXPECT(read_cr3() == cr3, "CR3 reads as %x, not %x", read_cr3(), cr3);
}

static void change(void)
{
	if (some(2))
		say(some(2));
	else
		load(1 + some(SPACES), some(2));
	/* in this context it is mapped now */
	EXPECT(*(volatile uint64_t *)SECRET == VALUE, "the kernel reads it");
}

void on_trust_call(void);
void on_trust_call(void)
{
	if (++calls == change_at)
		change();
}

static void on_trust_trap(struct frame *f)
{
	bool open = f->rax == VALUE, want;

	switch (f->vector) {
	case TIMER:
		timers++;
		eoi();
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + 3000 + some(60000));
		return;
	case PF:
		if (f->rip != address(trust_secret) || last_cr2 != SECRET)
			break;
		EXPECT(f->error == 5, "error %x of a page that is the kernel's", f->error);
		f->rax = DENIED;
		f->rip = address(trust_after_secret);
		return;
	case SYSCALL_VECTOR:
		want = word_is("isolation", "none") || (users && trusted[space]);
		EXPECT(open == want, "space %d, trusted %d: the user has read %x", (int)space,
		       (int)trusted[space], f->rax);
		given += open;
		taken += !open;
		leave_user();
	}
	print("vector %x error %x at %x, cr2 %x\n", f->vector, f->error, f->rip, last_cr2);
	finish(1);
}

/* The kernel's registers are the user's but for what C may change. */
__asm__("trust_entry:\n"
	"	mov %rsp, trust_rsp\n"
	"	mov $trust_stack_top, %rsp\n"
	"	push %rax; push %rcx; push %r11; push %rdx; push %rsi; push %rdi\n"
	"	push %r8; push %r9; push %r10\n"
	"	sub $8, %rsp\n"
	"	call on_trust_call\n"
	"	add $8, %rsp\n"
	"	pop %r10; pop %r9; pop %r8\n"
	"	pop %rdi; pop %rsi; pop %rdx; pop %r11; pop %rcx; pop %rax\n"
	"	mov trust_rsp, %rsp\n"
	"	sysretq\n"
	"	.balign 4096\n"
	"trust_user:\n"
	"	mov $24, %r14d\n"
	"1:	mov $39, %eax\n"
	"	syscall\n"
	"	dec %r14; jnz 1b\n"
	"trust_secret:\n"
	"	mov 0x10003000, %rax\n"
	"trust_after_secret:\n"
	"	int $0x80\n"
	"	ud2\n"
	"trust_end:\n"
	".bss\n"
	"trust_rsp: .skip 8\n"
	".balign 16\n"
	"trust_stack: .skip 16384\n"
	"trust_stack_top:\n"
	".text\n");

static void say_two(void)
{
	wrmsr(UMVMM_MSR_TRUST, 2);
}

void test_main(void)
{
	apic_on();
	users = word_is("isolation", "users");
	EXPECT(rdmsr(UMVMM_MSR_TRUST) == users, "the MSR reads as %x", rdmsr(UMVMM_MSR_TRUST));
	EXPECT(raises(say_two) == GP, "2 is no answer");
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)trust_entry);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	EXPECT(trust_end - trust_user < (long)PAGE, "%x bytes", (uint64_t)(trust_end - trust_user));
	secret[0] = VALUE;
	*area_pte(0) = (uintptr_t)trust_user | PTE_P | PTE_U | PTE_A | UMVMM_PTE_TEXT;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	*area_pte(3) = (uintptr_t)secret | PTE_P | PTE_A;
	write_cr4(read_cr4() | CR4_PCIDE);
	on_trap = on_trust_trap;
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | TIMER); /* TSC deadline */
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 30000);
	for (unsigned int i = 0; i < ROUNDS && failures < 5; i++) {
		calls = 0;
		change_at = 1 + some(2 * CALLS); /* or not at all */
		cli();
		change();
		enter_user((void *)AREA, (void *)(AREA + 2 * PAGE));
		EXPECT(calls == CALLS, "round %d: %d calls", (int)i, (int)calls);
	}
	wrmsr(MSR_TSC_DEADLINE, 0);
	if (users)
		EXPECT(given > ROUNDS / 4 && taken > ROUNDS / 4, "%d trusted, %d not", (int)given,
		       (int)taken);
	EXPECT(timers > 50, "%d interrupts", (int)timers);
}
