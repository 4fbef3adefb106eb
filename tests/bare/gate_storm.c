// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gate_storm.c - every gate in tight loops while the timer fires as fast as it
 * can: cli, sti, pushf, popf, iretq, syscall, sysret. Registers, flags and
 * the virtual IF must never differ from what the manual says.
 */
#include "lib.h"

#define TIMER 0xe0
#define CYCLES 1500000000ull /* of each part */
#define ENOUGH 100
#define SLOW_HOST 100000u /* cycles between a deadline and its handler */

volatile uint64_t calls;
static volatile uint64_t interrupts;
static volatile uint64_t interval = 2000;
static uint8_t user_stack[8192] __attribute__((aligned(16)));
extern char syscall_entry[], user_code[], user_code_end[];
volatile uint64_t user_stop;

/*
 * At changing distances, so that every instruction is hit. Where the delivery itself
 * takes so long that nothing else would ever run (an emulated host), as much longer.
 */
static void arm(void)
{
	static uint64_t deadline;
	uint64_t now = rdtsc(), late = deadline && now > deadline ? now - deadline : 0;

	if (late < SLOW_HOST)
		late = 0;
	if (late > 10 * SLOW_HOST)
		late = 10 * SLOW_HOST;
	interval = interval * 1103515245 + 12345;
	deadline = now + 500 + (interval >> 16) % 20000 + late;
	wrmsr(MSR_TSC_DEADLINE, deadline);
}

static void on_interrupt(struct frame *f)
{
	if (f->vector == SYSCALL_VECTOR)
		leave_user();
	if (f->vector != TIMER) {
		print("rax %x rbx %x rsp %x r15 %x r14 %x flags %x\n", f->rax, f->rbx, f->rsp, f->r15,
		      f->r14, f->flags);
		print("vector %x error %x at %x, cs %x, cr2 %x, after %x interrupts\n", f->vector,
		      f->error, f->rip, f->cs, last_cr2, interrupts);
		finish(1);
	}
	EXPECT(f->flags & 0x200, "an interrupt with IF clear at %x", f->rip);
	interrupts++;
	eoi();
	arm();
}

static bool time_left(uint64_t end)
{
	return rdtsc() < end && !failures;
}

static void flags_gates(void)
{
	/* a busy host that is emulated gets few in that time */
	for (uint64_t end = rdtsc() + CYCLES; time_left(end) || (interrupts <= ENOUGH && !failures);)
		for (int i = 0; i < 1000; i++) {
			uint64_t flags = get_flags(), after;

			EXPECT(flags & 0x200, "IF is clear: %x", flags);
			cli();
			EXPECT(!(get_flags() & 0x200), "IF is set after cli");
			set_flags(flags & ~0x200ull);
			EXPECT(!(get_flags() & 0x200), "IF is set after popf");
			sti();
			EXPECT(get_flags() & 0x200, "IF is clear after sti");
			/* popf restores the arithmetic flags (PUSHF may show IF only) */
			__asm__ volatile("push $0x2d7; popfq; lahf; movzbl %%ah, %%eax"
					 : "=a"(after)::"memory", "cc");
			EXPECT(after == 0xd7, "flags %x", after);
			__asm__ volatile("push $0x002; popfq; lahf; movzbl %%ah, %%eax"
					 : "=a"(after)::"memory", "cc");
			EXPECT(after == 0x02, "flags %x", after);
			/* sti and cli keep the flags */
			__asm__ volatile("stc; sti; setc %%al; cli; setc %%ah; sti"
					 : "=a"(after)::"memory", "cc");
			EXPECT((after & 0xffff) == 0x0101, "flags %x after sti", after);
		}
}

/* Every register around the three gates that are called. */
static void registers(void)
{
	uint64_t bad;

	for (uint64_t end = rdtsc() + CYCLES; time_left(end);)
		for (int i = 0; i < 1000; i++) {
			__asm__ volatile(
				"push %%rbp; push %%rbx\n\t"
				"mov $0x1111111111111111, %%rax; mov $0x2222222222222222, %%rbx\n\t"
				"mov $0x3333333333333333, %%rcx; mov $0x4444444444444444, %%rdx\n\t"
				"mov $0x5555555555555555, %%rsi; mov $0x6666666666666666, %%rdi\n\t"
				"mov $0x7777777777777777, %%rbp; mov $0x0101010101010101, %%r8\n\t"
				"mov $0x0202020202020202, %%r9; mov $0x0303030303030303, %%r10\n\t"
				"mov $0x0404040404040404, %%r11; mov $0x0505050505050505, %%r12\n\t"
				"mov $0x0606060606060606, %%r13; mov $0x0707070707070707, %%r14\n\t"
				"mov $0x0808080808080808, %%r15\n\t"
				"cli; pushfq; sti; popfq; sti; pushfq; popfq; cli; sti\n\t"
				"add %%rbx, %%rax; add %%rcx, %%rax; add %%rdx, %%rax\n\t"
				"add %%rsi, %%rax; add %%rdi, %%rax; add %%rbp, %%rax\n\t"
				"add %%r8, %%rax; add %%r9, %%rax; add %%r10, %%rax\n\t"
				"add %%r11, %%rax; add %%r12, %%rax; add %%r13, %%rax\n\t"
				"add %%r14, %%rax; add %%r15, %%rax\n\t"
				"pop %%rbx; pop %%rbp"
				: "=a"(bad)::"rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
				  "r12", "r13", "r14", "r15", "memory", "cc");
			EXPECT(bad == 0x202020202020200ull, "the sum of the registers is %x", bad);
		}
}

/* iretq to the next instruction, with and without IF. */
static void returns(void)
{
	uint64_t flags, rsp_before, rsp_after;

	for (uint64_t end = rdtsc() + CYCLES; time_left(end);)
		for (int i = 0; i < 1000; i++) {
			uint64_t want = i & 1 ? 0x202 : 0x002;

			__asm__ volatile("mov %%rsp, %1; mov %%rsp, %%rax\n\t"
					 "push $0x18; push %%rax; push %3; push $0x10\n\t"
					 "lea 1f(%%rip), %%rax; push %%rax\n\t"
					 "iretq\n"
					 "1: mov %%rsp, %2; pushfq; pop %0"
					 : "=r"(flags), "=r"(rsp_before), "=r"(rsp_after)
					 : "r"(want)
					 : "rax", "memory", "cc");
			EXPECT((flags & 0x202) == want, "flags %x, not %x", flags, want);
			EXPECT(rsp_before == rsp_after, "rsp %x, not %x", rsp_after, rsp_before);
			sti();
		}
}

void syscall_bad(void);
void syscall_bad(void)
{
	print("registers or flags of a system call are wrong, after %x calls, %x interrupts\n",
	      calls, interrupts);
	finish(1);
}

/*
 * User code: system calls with all registers set, checked on return. The
 * entry checks what SYSCALL promises and returns by SYSRET.
 */
__asm__(".globl syscall_entry, user_code, user_code_end\n"
	"syscall_entry:\n"
	"	mov %rsp, kernel_scratch\n"
	"	mov $syscall_stack_top, %rsp\n"
	"	push %r11; push %rcx\n"
	"	pushfq; testl $0x200, (%rsp); jnz 9f; add $8, %rsp\n" /* FMASK has IF */
	"	test $0x200, %r11d; jz 9f\n"
	"	incq calls\n"
	"	sti; nop; cli\n"
	"	pop %rcx; pop %r11\n"
	"	mov kernel_scratch, %rsp\n"
	"	sysretq\n"
	"9:	call syscall_bad\n"
	"	.balign 4096\n"
	"user_code:\n"
	"	mov %rsp, %r15; mov $20000, %r14d\n"
	"1:	mov $0x2222222222222222, %rbx; mov $0x3333333333333333, %rdx\n"
	"	mov $0x4444444444444444, %rsi; mov $0x5555555555555555, %rdi\n"
	"	mov $0x6666666666666666, %rbp; mov $0x7777777777777777, %r8\n"
	"	mov $0x0101010101010101, %r9; mov $0x0202020202020202, %r10\n"
	"	mov $0x0303030303030303, %r12; mov $0x0404040404040404, %r13\n"
	"	stc\n"
	"	mov $39, %eax\n"
	"	syscall\n"
	"	jnc 8f\n"
	"	cmp $39, %eax; jne 8f\n"
	"	cmp %rsp, %r15; jne 8f\n"
	"	add %rdx, %rbx; add %rsi, %rbx; add %rdi, %rbx; add %rbp, %rbx; add %r8, %rbx\n"
	"	add %r9, %rbx; add %r10, %rbx; add %r12, %rbx; add %r13, %rbx\n"
	"	mov $0xd6d6d6d6d6d6d6d5, %rax; cmp %rax, %rbx; jne 8f\n"
	"	dec %r14\n"
	"	jnz 1b\n"
	"	int $0x80\n"
	"8:	ud2\n"
	"user_code_end:\n"
	".bss\n"
	"kernel_scratch: .skip 8\n"
	".balign 16\n"
	"syscall_stack: .skip 16384\n"
	"syscall_stack_top:\n"
	".text\n");

static void system_calls(void)
{
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	*area_pte(0) = (uintptr_t)user_code | PTE_P | PTE_U;
	*area_pte(1) = (uintptr_t)user_stack | PTE_P | PTE_W | PTE_U;
	invlpg((void *)AREA);
	invlpg((void *)(AREA + PAGE));
	for (uint64_t end = rdtsc() + 2 * CYCLES; time_left(end);)
		enter_user((void *)AREA, (void *)(AREA + 2 * PAGE));
	EXPECT(calls > 1000, "%d calls", (int)calls);
}

void test_main(void)
{
	uint64_t before;

	apic_on();
	on_trap = on_interrupt;
	wrmsr(X2APIC_LVT_TIMER, 2u << 17 | TIMER);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + 10000);
	sti();
	flags_gates();
	before = interrupts;
	EXPECT(before > ENOUGH, "%d interrupts", (int)before);
	registers();
	returns();
	system_calls();
	cli();
	print("%d interrupts, %d system calls\n", (int)interrupts, (int)calls);
}
