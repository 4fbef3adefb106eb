// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * user_calls.c - a user program in small: system calls with all registers set, a page
 * fault, an interrupt. Few of each, so that it ends soon where a system call costs
 * most (--virt trap --redirect ptrace on an emulated host).
 *
 * With isolation=NAME other than none on the command line the user must not read the
 * kernel's memory.
 * Flags: redirects
 */
#include "lib.h"

#include <umvmm/abi.h>

#define TIMER	 0xe0
#define CALLS	 60 /* more than it takes until gate rewrites the site */
#define NUMBER	 39
#define PATTERN	 0x1111111111111111ull
#define LATER	 (AREA + 2 * PAGE) /* made by the page fault */
#define SECRET	 (AREA + 3 * PAGE) /* the kernel's */
#define VALUE	 0x5eed
#define DENIED	 0xde41ed

/* As syscall_entry pushes it. */
struct call {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
};

extern char syscall_entry[], user_code[], user_return_here[], user_load[], user_secret[],
	user_after_secret[], user_end[];
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static uint64_t later[512] __attribute__((aligned(4096)));
static uint64_t secret[512] __attribute__((aligned(4096)));
static unsigned int calls, faults, interrupts;

static uint64_t address(const char *label)
{
	return AREA + (uint64_t)(label - user_code);
}

void on_call(struct call *c);
void on_call(struct call *c)
{
	const uint64_t want[] = { c->rbx, c->rdx, c->rsi, c->rdi, c->rbp, c->r8,
				  c->r9,  c->r10, c->r12, c->r13 };

	calls++;
	EXPECT(!(get_flags() & 0x200), "call %d: interrupts are on", (int)calls);
	EXPECT(c->rax == NUMBER, "call %d: rax %x", (int)calls, c->rax);
	EXPECT(c->rcx == address(user_return_here), "call %d: rcx %x", (int)calls, c->rcx);
	EXPECT((c->r11 & 0x201) == 0x201, "call %d: r11 %x", (int)calls, c->r11);
	for (unsigned int i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		EXPECT(want[i] == PATTERN * (i + 1), "call %d: register %d is %x", (int)calls,
		       (int)i, want[i]);
	c->rax = c->r14 + 1;
}

static void on_fault(struct frame *f)
{
	faults++;
	if (f->rip == address(user_load) && last_cr2 == LATER) {
		EXPECT(f->error == 4, "error %x of a page that is not there", f->error);
		*area_pte(2) = (uintptr_t)later | PTE_P | PTE_U;
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + 10000);
	} else if (f->rip == address(user_secret) && last_cr2 == SECRET) {
		EXPECT(f->error == 5, "error %x of a page that is the kernel's", f->error);
		f->rax = DENIED;
		f->rip = address(user_after_secret);
	} else {
		print("vector %x error %x at %x, cr2 %x\n", f->vector, f->error, f->rip, last_cr2);
		finish(1);
	}
}

static void on_user_trap(struct frame *f)
{
	switch (f->vector) {
	case PF:
		on_fault(f);
		break;
	case TIMER:
		interrupts++;
		EXPECT(f->cs == USER_CS && f->rbx == PATTERN, "cs %x rbx %x", f->cs, f->rbx);
		f->r12 = 1; /* the user waits for it */
		eoi();
		break;
	case SYSCALL_VECTOR:
		EXPECT(f->rax == DENIED || !word("isolation") || word_is("isolation", "none"),
		       "the user has read %x of the kernel", f->rax);
		leave_user();
	default:
		print("vector %x error %x at %x: rax %x rbx %x r14 %x r15 %x\n", f->vector, f->error,
		      f->rip, f->rax, f->rbx, f->r14, f->r15);
		finish(1);
	}
}

__asm__("syscall_entry:\n"
	"	mov %rsp, user_rsp\n"
	"	mov $call_stack_top, %rsp\n"
	"	push %rax; push %rbx; push %rcx; push %rdx; push %rsi; push %rdi; push %rbp\n"
	"	push %r8; push %r9; push %r10; push %r11; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, %rdi\n"
	"	sub $8, %rsp\n"
	"	call on_call\n"
	"	add $8, %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %r11; pop %r10; pop %r9; pop %r8\n"
	"	pop %rbp; pop %rdi; pop %rsi; pop %rdx; pop %rcx; pop %rbx; pop %rax\n"
	"	mov user_rsp, %rsp\n"
	"	sysretq\n"
	"	.balign 4096\n"
	"user_code:\n"
	"	mov %rsp, %r15; mov $60, %r14d\n"
	"1:	mov $0x1111111111111111, %rbx; mov $0x2222222222222222, %rdx\n"
	"	mov $0x3333333333333333, %rsi; mov $0x4444444444444444, %rdi\n"
	"	mov $0x5555555555555555, %rbp; mov $0x6666666666666666, %r8\n"
	"	mov $0x7777777777777777, %r9; mov $0x8888888888888888, %r10\n"
	"	mov $0x9999999999999999, %r12; mov $0xaaaaaaaaaaaaaaaa, %r13\n"
	"	stc\n"
	"	mov $39, %eax\n"
	"	syscall\n"
	"user_return_here:\n"
	"	jnc 9f\n"
	"	dec %rax; cmp %r14, %rax; jne 9f\n"
	"	cmp %rsp, %r15; jne 9f\n"
	"	mov $0x1111111111111111, %rcx; cmp %rcx, %rbx; jne 9f\n"
	"	sub %r9, %r10; cmp %r10, %rcx; jne 9f\n"
	"	sub %r12, %r13; cmp %r13, %rcx; jne 9f\n"
	"	sub %rdx, %rsi; cmp %rsi, %rcx; jne 9f\n"
	"	sub %rdi, %rbp; cmp %rbp, %rcx; jne 9f\n"
	"	sub %r8, %r9; cmp %r9, %rcx; jne 9f\n"
	"	dec %r14; jnz 1b\n"
	"	xor %r12d, %r12d\n"
	"user_load:\n"
	"	mov 0x10002000, %rax; cmp $0x5eed, %rax; jne 9f\n"
	"2:	pause; test %r12d, %r12d; jz 2b\n"
	"user_secret:\n"
	"	mov 0x10003000, %rax\n"
	"user_after_secret:\n"
	"	int $0x80\n"
	"9:	ud2\n"
	"user_end:\n"
	".bss\n"
	"user_rsp: .skip 8\n"
	".balign 16\n"
	"call_stack: .skip 16384\n"
	"call_stack_top:\n"
	".text\n");

void test_main(void)
{
	apic_on();
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	EXPECT(user_end - user_code < (long)PAGE, "%x bytes", (uint64_t)(user_end - user_code));
	later[0] = VALUE;
	secret[0] = VALUE;
	*area_pte(0) = (uintptr_t)user_code | PTE_P | PTE_U | PTE_A | UMVMM_PTE_TEXT;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U;
	*area_pte(3) = (uintptr_t)secret | PTE_P;
	invlpg((void *)AREA);
	invlpg((void *)(AREA + PAGE));
	invlpg((void *)SECRET);
	on_trap = on_user_trap;
	EXPECT(*(volatile uint64_t *)SECRET == VALUE, "the kernel reads it"); /* now it is mapped */
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | TIMER); /* TSC deadline */
	enter_user((void *)AREA, (void *)(AREA + 2 * PAGE));
	EXPECT(calls == CALLS, "%d calls", (int)calls);
	EXPECT(interrupts == 1, "%d interrupts", (int)interrupts);
	EXPECT(faults >= 1, "no page fault");
}
