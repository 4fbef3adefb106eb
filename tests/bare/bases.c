// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bases.c - the bases of FS and GS: MSRs, swapgs, selectors, and users with a GS base of
 * their own, with 0, and with selectors that take the base away (SDM vol. 3 3.4.4).
 *
 * Flags: redirects
 */
#include "lib.h"

#define MSR_FS_BASE   0xc0000100u
#define MSR_GS_BASE   0xc0000101u
#define MSR_KERNEL_GS 0xc0000102u
#define PTE_TEXT      (1ull << 59) /* guest-arch/include/umvmm/abi.h */
#define CALLS	      40u /* more than it takes to be rewritten */
#define ROUNDS	      15
#define DATA	      (AREA + 2 * PAGE) /* the user's */

static struct {
	uint64_t self, calls;
} kernel;
static struct {
	uint64_t gs_word, fs_word, pad[6];
} user __attribute__((aligned(4096)));
static uint8_t user_stack[4096] __attribute__((aligned(4096)));
static volatile uint64_t vector, user_rax, user_rbx, interrupts;
extern char entry[], user_code[], user_reads[], user_calls[], user_loads[], user_nulls[],
	user_keeps[], user_shows[];

/* The system call and what users do; rax and rbx at INT 0x80 are their results. */
__asm__(".globl entry, user_code, user_reads, user_calls, user_loads, user_nulls\n"
	".globl user_keeps, user_shows\n"
	"entry:\n"
	"	swapgs\n"
	"	incq %gs:8\n"
	"	swapgs\n"
	"	sysretq\n"
	"	.balign 4096\n"
	"user_code:\n"
	"user_reads:\n"
	"	mov %gs:0, %rax\n"
	"	mov %fs:8, %rbx\n"
	"	int $0x80\n"
	"user_calls:\n" /* rbx: the sum of what it reads between its calls */
	"	xor %r12d, %r12d\n"
	"	mov $40, %r14d\n"
	"1:	mov $39, %eax\n"
	"	syscall\n"
	"	test %r13, %r13\n"
	"	jz 2f\n"
	"	add %gs:0, %r12\n"
	"2:	add %fs:8, %r12\n"
	"	dec %r14d\n"
	"	jnz 1b\n"
	"	mov %r12, %rbx\n" /* a host with 32-bit calls takes rax's upper half */
	"	int $0x80\n"
	"user_loads:\n"
	"	mov $0x2b, %eax\n"
	"	jmp 3f\n"
	"user_nulls:\n"
	"	xor %eax, %eax\n"
	"3:	.byte 0x8e, 0xe8\n" /* mov %eax, %gs: not for the wrapper, it is the user's */
	"user_shows:\n"
	"	.byte 0x8c, 0xe8\n" /* mov %gs, %eax: likewise */
	"	int $0x80\n"
	"user_keeps:\n" /* rbx: of how many calls the selector did not come back */
	"	xor %ebx, %ebx\n"
	"	mov $0x2b, %r12d\n"
	"	.byte 0x41, 0x8e, 0xec\n" /* mov %r12d, %gs */
	"	mov $40, %r14d\n"
	"4:	mov $39, %eax\n"
	"	syscall\n"
	"	.byte 0x8c, 0xe8\n"
	"	cmp %r12d, %eax\n"
	"	je 5f\n"
	"	inc %ebx\n"
	"5:	dec %r14d\n"
	"	jnz 4b\n"
	"	int $0x80\n"
	"	.balign 4096\n");

static void swapgs(void)
{
	__asm__ volatile("swapgs" ::: "memory");
}

static uint64_t gs_word(void)
{
	uint64_t v;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(v)::"memory");
	return v;
}

static void trap(struct frame *f)
{
	if (f->cs != USER_CS) {
		print("vector %x in the kernel at %x\n", f->vector, f->rip);
		finish(1);
	}
	if (f->vector == 0x40) {
		interrupts++;
		eoi();
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + 20000);
		return;
	}
	vector = f->vector;
	user_rax = f->rax;
	user_rbx = f->rbx;
	leave_user();
}

/* As a kernel does it: its GS base in force before and afterwards. */
static void run(const char *start, uint64_t gs_base, uint64_t fs_base)
{
	uint64_t regs[16] = { 0 };

	wrmsr(MSR_KERNEL_GS, gs_base);
	wrmsr(MSR_FS_BASE, fs_base);
	swapgs();
	vector = 999;
	regs[4] = AREA + 2 * PAGE;
	regs[13] = gs_base;
	regs[15] = (AREA + (uint64_t)(start - user_code)) | (uint64_t)USER_CS << 32;
	enter_user_regs(regs, 0x202);
	swapgs();
	EXPECT(gs_word() == kernel.self, "%x", gs_word());
	EXPECT(rdmsr(MSR_GS_BASE) == (uintptr_t)&kernel, "%x", rdmsr(MSR_GS_BASE));
	EXPECT(rdmsr(MSR_KERNEL_GS) == gs_base, "%x, not %x", rdmsr(MSR_KERNEL_GS), gs_base);
	EXPECT(rdmsr(MSR_FS_BASE) == fs_base, "%x, not %x", rdmsr(MSR_FS_BASE), fs_base);
}

static uint16_t gs_selector(void)
{
	uint16_t sel;

	__asm__ volatile("mov %%gs, %0" : "=r"(sel));
	return sel;
}

/* As load_gs_index() of Linux. */
static void load_users_gs(uint16_t sel)
{
	__asm__ volatile("swapgs; mov %0, %%gs; swapgs" ::"r"(sel) : "memory");
}

static void in_kernel(void)
{
	wrmsr(MSR_KERNEL_GS, DATA);
	for (int i = 0; i < ROUNDS; i++) {
		EXPECT(gs_word() == kernel.self, "%x", gs_word());
		swapgs();
		EXPECT(rdmsr(MSR_GS_BASE) == DATA, "%x", rdmsr(MSR_GS_BASE));
		EXPECT(rdmsr(MSR_KERNEL_GS) == (uintptr_t)&kernel, "%x", rdmsr(MSR_KERNEL_GS));
		swapgs();
	}
	/* a selector has no base; between two swapgs it is the user's that goes */
	wrmsr(MSR_FS_BASE, DATA);
	__asm__ volatile("mov %0, %%fs" ::"r"(0) : "memory");
	EXPECT(rdmsr(MSR_FS_BASE) == 0, "%x", rdmsr(MSR_FS_BASE));
	load_users_gs(0);
	EXPECT(rdmsr(MSR_KERNEL_GS) == 0, "%x", rdmsr(MSR_KERNEL_GS));
	EXPECT(gs_word() == kernel.self, "%x", gs_word());
	__asm__ volatile("mov %0, %%gs" ::"r"(0) : "memory");
	EXPECT(rdmsr(MSR_GS_BASE) == 0, "%x", rdmsr(MSR_GS_BASE));
	wrmsr(MSR_GS_BASE, (uintptr_t)&kernel);
	EXPECT(gs_word() == kernel.self, "%x", gs_word());
}

static void in_user(void)
{
	const uint64_t gs_bases[] = { DATA, DATA + 16, 0 };

	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned int i = 0; i < 3; i++) {
			const uint64_t base = gs_bases[i], calls = kernel.calls;
			const uint64_t word = !base ? 0 : base == DATA ? user.gs_word : user.pad[0];

			if (base) {
				run(user_reads, base, DATA);
				EXPECT(vector == 0x80 && user_rax == word && user_rbx == user.fs_word,
				       "vector %x, gs %x, fs %x", vector, user_rax, user_rbx);
			}
			run(user_calls, base, DATA);
			EXPECT(vector == 0x80 && kernel.calls == calls + CALLS, "vector %x, %d calls",
			       vector, (int)(kernel.calls - calls));
			EXPECT(user_rbx == CALLS * (word + user.fs_word), "sum %x", user_rbx);
		}
		/* it gets rid of its base, and perhaps of what the kernel has lent it */
		run(user_nulls, 0, DATA);
		EXPECT(vector == 0x80 && user_rax == 0, "vector %x, selector %x", vector, user_rax);
		run(user_loads, 0, DATA);
		EXPECT(vector == 0x80 && user_rax == 0x2b, "vector %x, selector %x", vector, user_rax);
		/* it is the kernel's to read, to change, and to leave */
		EXPECT(gs_selector() == 0x2b, "selector %x", gs_selector());
		load_users_gs(0x33);
		EXPECT(gs_selector() == 0x33, "selector %x", gs_selector());
		run(user_shows, 0, DATA);
		EXPECT(vector == 0x80 && user_rax == 0x33, "vector %x, selector %x", vector, user_rax);
		run(user_keeps, 0, DATA);
		EXPECT(vector == 0x80 && user_rbx == 0 && user_rax == 0x2b,
		       "vector %x, selector %x, %d times lost", vector, user_rax, (int)user_rbx);
		load_users_gs(0);
		run(user_shows, 0, DATA);
		EXPECT(vector == 0x80 && user_rax == 0, "vector %x, selector %x", vector, user_rax);
	}
}

void test_main(void)
{
	kernel.self = 0x1122334455667788;
	user.gs_word = 3;
	user.fs_word = 0x100000001;
	user.pad[0] = 0x70000;
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_LSTAR, (uintptr_t)entry);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	wrmsr(MSR_GS_BASE, (uintptr_t)&kernel);
	on_trap = trap;
	*area_pte(0) = (uintptr_t)user_code | PTE_P | PTE_U | PTE_A | PTE_TEXT;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U;
	*area_pte(2) = (uintptr_t)&user | PTE_P | PTE_W | PTE_U;
	for (unsigned int i = 0; i < 3; i++)
		invlpg((void *)(AREA + i * PAGE));
	in_kernel();
	in_user();
	/* the same with a timer that interrupts users everywhere */
	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | 0x40);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 20000);
	/* a busy host lets a round pass before the first: no limit but the VM's time */
	do
		in_user();
	while (interrupts < 10);
}
