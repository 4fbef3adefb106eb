// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall_enable.c - with EFER.SCE clear a user's SYSCALL is #UD (SDM vol. 2), also
 * where it was made so often before that somebody has rewritten it.
 *
 * Flags: redirects
 */
#include "lib.h"

#define EFER_SCE 1
#define PTE_TEXT (1ull << 59) /* guest-arch/include/umvmm/abi.h */
#define CALLS	 40	      /* more than it takes to be rewritten */

volatile uint64_t calls;
static volatile uint64_t vector, error, rip, rax;
static uint8_t user_stack[8192] __attribute__((aligned(16)));
extern char entry[], swapping_entry[], user_code[], user_middle[], user_syscall[];

__asm__(".globl entry, swapping_entry, user_code, user_middle, user_syscall\n"
	"entry:\n"
	"	incq calls\n"
	"	sysretq\n"
	"swapping_entry:\n"
	"	swapgs\n"
	"	incq calls\n"
	"	swapgs\n"
	"	sysretq\n"
	"	.balign 4096\n"
	"user_code:\n"
	"	mov $40, %r14d\n"
	"1:	mov $39, %eax\n"
	"user_syscall:\n"
	"	syscall\n"
	"	dec %r14d\n"
	"	jnz 1b\n"
	"	int $0x80\n"
	"user_middle:\n"
	"	mov $1, %r14d\n"
	"	mov $39, %eax\n"
	"	jmp user_syscall\n"
	"	.balign 4096\n");

static void trap(struct frame *f)
{
	if (f->cs != USER_CS) {
		print("vector %x in the kernel at %x\n", f->vector, f->rip);
		finish(1);
	}
	vector = f->vector;
	error = f->error;
	rip = f->rip;
	rax = f->rax;
	leave_user();
}

/* From there on; how many system calls it made. */
static uint64_t run(const char *start)
{
	uint64_t before = calls;

	vector = 999;
	enter_user((void *)(AREA + (uint64_t)(start - user_code)), (void *)(AREA + 2 * PAGE));
	return calls - before;
}

static void enable(bool on)
{
	uint64_t efer = rdmsr(MSR_EFER) & ~(uint64_t)EFER_SCE;

	wrmsr(MSR_EFER, on ? efer | EFER_SCE : efer);
}

static void check(const char *lstar)
{
	const uint64_t at = AREA + (uint64_t)(user_syscall - user_code);
	uint64_t n;

	enable(true);
	wrmsr(MSR_LSTAR, (uintptr_t)lstar);
	for (int round = 0; round < 3; round++) {
		enable(true);
		n = run(user_code);
		EXPECT(n == CALLS && vector == SYSCALL_VECTOR, "%d calls, vector %x at %x", (int)n,
		       vector, rip);
		n = run(user_middle);
		EXPECT(n == 1 && vector == SYSCALL_VECTOR, "%d calls, vector %x at %x", (int)n,
		       vector, rip);
		enable(false);
		for (int i = 0; i < 2 * CALLS; i++) {
			n = run(i & 1 ? user_middle : user_code);
			EXPECT(n == 0 && vector == UD && error == 0 && rip == at && rax == 39,
			       "%d calls, vector %x, error %x at %x, rax %x", (int)n, vector, error,
			       rip, rax);
		}
	}
}

void test_main(void)
{
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_FMASK, 0x47700);
	on_trap = trap;
	*area_pte(0) = (uintptr_t)user_code | PTE_P | PTE_U | PTE_A | PTE_TEXT;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U;
	invlpg((void *)AREA);
	invlpg((void *)(AREA + PAGE));
	check(entry);
	check(swapping_entry);
	check(entry);
}
