// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * int80.c - the guest kernel has no 32-bit system calls: int $0x80, sysenter, and the
 * syscall of 32-bit code are faults (or -ENOSYS, where neither the CPU nor the host's
 * kernel asks anybody), and never reach the host kernel; nor does the vsyscall page.
 *
 * Flags: guest-only
 */
#include <ucontext.h>

#include "test.h"

#define CS32 0x23
#define CS64 0x33
#define UD   6
#define GP   13
#define PF   14

/* Number 1 is exit in the 32-bit table, write in the 64-bit one. */
void int80_64(void), sysenter_64(void), int80_32(void), sysenter_32(void), syscall_32(void);
static uint8_t stack32[4096] __attribute__((aligned(16)));
static void *const stack_top = stack32 + sizeof(stack32) - 64;
__asm__(".text\n"
	".globl int80_64, sysenter_64, int80_32, sysenter_32, syscall_32\n"
	"int80_64: int $0x80; ud2\n"
	"sysenter_64: sysenter; ud2\n"
	"	.code32\n"
	"int80_32: int $0x80; ud2\n"
	"sysenter_32: mov %esp, %ebp; sysenter; ud2\n"
	/* as the vDSO does it */
	"syscall_32: push %ecx; mov %ebp, %ecx; syscall; ud2\n"
	"	.code64\n");

static void (*start)(void);
static uint16_t wanted_cs;

/* Exits with the vector; with 100 more if the place is wrong. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t rip = (uint64_t)regs[REG_RIP];
	int trap = (int)regs[REG_TRAPNO];

	(void)sig;
	(void)info;
	/* a call that came back with -ENOSYS */
	if (trap == UD && (int)regs[REG_RAX] == -ENOSYS)
		_exit(ENOSYS);
	if ((uint16_t)regs[REG_CSGSFS] != wanted_cs)
		trap += 100;
	if ((start == int80_64 || start == int80_32) &&
	    (rip != (uintptr_t)start || regs[REG_ERR] != 0x80 * 8 + 2))
		trap += 100;
	_exit(trap);
}

static void call(void *stack)
{
	static char own[65536];
	stack_t ss = { .ss_sp = own, .ss_size = sizeof(own) };
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	REQUIRE(sigaltstack(&ss, NULL) == 0 && sigaction(SIGSEGV, &sa, NULL) == 0 &&
		sigaction(SIGILL, &sa, NULL) == 0);
	if (stack == stack_top)
		*(volatile uint32_t *)stack = 0; /* the host shall find it mapped */
	/* IRETQ: no stack is needed */
	__asm__ volatile("mov %0, %%ds; mov %0, %%es\n\t"
			 "push %q0; push %1; push $0x202; push %q2; push %3\n\t"
			 "mov $1, %%eax; mov $99, %%ebx; iretq"
			 ::"r"(0x2b), "r"(stack), "r"((uint64_t)wanted_cs), "r"(start)
			 : "rax", "rbx", "memory");
}

static int ends(void (*code)(void), uint16_t cs, void *stack)
{
	int status;

	start = code;
	wanted_cs = cs;
	status = in_child(call, stack);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void vsyscall(void *arg)
{
	long (*page)(void *) = (long (*)(void *))0xffffffffff600000;

	(void)arg;
	page(NULL);
	_exit(51);
}

int main(void)
{
	/* the host's kernel reads the user's stack for some */
	void *stacks[] = { stack_top, (void *)0x10000000 };
	const bool code32 = !host_lacks("code32");
	int status;

	for (int round = 0; round < 40; round++) {
		void *stack = stacks[round & 1];

		status = ends(int80_64, CS64, stack);
		EXPECT(status == GP, "int $0x80: %d", status);
		if (code32) {
			status = ends(int80_32, CS32, stack);
			EXPECT(status == GP, "int $0x80 of 32-bit code: %d", status);
		}
		/*
		 * That it was 64-bit code is lost, and without a stack the host's kernel
		 * goes on at an address of its own, for which there is no memory.
		 */
		status = ends(sysenter_64, CS64, stack);
		EXPECT(status == UD || status % 100 == GP || status % 100 == PF, "sysenter: %d",
		       status);
		if (!code32)
			continue;
		status = ends(sysenter_32, CS32, stack);
		EXPECT(status == UD || status == GP || (round & 1 && status == PF),
		       "sysenter of 32-bit code: %d", status);
	}
	for (int round = 0; code32 && round < 40; round++) {
		status = ends(syscall_32, CS32, stacks[0]);
		EXPECT(status == UD || status == GP || status == ENOSYS,
		       "syscall of 32-bit code: %d", status);
	}
	status = in_child(vsyscall, NULL);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "vsyscall page: %#x", status);
	return test_end();
}
