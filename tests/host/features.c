// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * features.c - prints what this host does as bare hardware does it, one word each; what a
 * hypervisor or its kernel leaves out no guest of ours can have either.
 *
 * Runs: on the host, before the tests, which say in their heads what they need:
 *
 *	cpuid-step	a single step over CPUID traps like any other
 *	breakpoints	debug registers hit
 *	code32		64-bit programs may go to 32-bit code (CS 0x23)
 *	nt		RFLAGS.NT survives interrupts
 *	tsd		RDTSC can be made a fault, by prctl(PR_SET_TSC)
 *	selectors	a signal frame with a bad selector faults with it as the error code
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* TRY says by its exit status; whatever it dies of is a no. */
static int yes(void (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(10);
		try();
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static volatile uint32_t watched;

static void breakpoints(void)
{
	const size_t registers = offsetof(struct user, u_debugreg);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		watched = 1;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_POKEUSER, pid, (void *)registers, (void *)&watched);
	/* a write of four bytes: SDM vol. 3 18.2.4 */
	ptrace(PTRACE_POKEUSER, pid, (void *)(registers + 7 * 8), (void *)0xd0001ul);
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) {
		kill(pid, SIGKILL);
		_exit(0);
	}
}

/* There and back by far jumps. */
static void code32(void)
{
	static const uint8_t code[] = {
		0x6a, 0x33,			/* push $0x33 */
		0xe8, 0, 0, 0, 0,		/* call 1f; 1: */
		0x83, 0x04, 0x24, 0x05,		/* addl $5, (%esp) */
		0xcb,				/* lret */
		0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05, /* 64-bit again: exit(0) */
	};
	uint8_t *low = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	for (size_t i = 0; i < sizeof(code); i++)
		low[i] = code[i];
	__asm__ volatile("mov %0, %%rsp; push $0x23; push %1; lretq"
			 :
			 : "r"(low + 8192), "r"((uint64_t)(uintptr_t)low)
			 : "memory");
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void nt(void)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } };

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	while (alarms < 20) {
		uint64_t flags;

		__asm__ volatile("pushfq; orq $0x4000, (%%rsp); popfq; mov $1000000, %%ecx\n"
				 "1: dec %%ecx; jnz 1b; pushfq; pop %0; push $0x202; popfq"
				 : "=r"(flags)
				 :
				 : "rcx", "memory", "cc");
		if (!(flags & 0x4000))
			_exit(1);
	}
	_exit(0);
}

#define BAD_CS 0xfff3

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	greg_t *selectors = &((ucontext_t *)context)->uc_mcontext.gregs[REG_CSGSFS]; /* cs gs fs ss */

	(void)sig;
	(void)info;
	*selectors = (*selectors & ~0xffffll) | BAD_CS;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)sig;
	(void)info;
	_exit((uint16_t)uc->uc_mcontext.gregs[REG_CSGSFS] == BAD_CS &&
			      uc->uc_mcontext.gregs[REG_ERR] == (BAD_CS & ~3) ?
		      0 :
		      1);
}

static void selectors(void)
{
	struct sigaction usr1 = { .sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO };
	struct sigaction segv = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &usr1, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	raise(SIGUSR1);
}

static volatile sig_atomic_t traps;

static void on_trap(int sig)
{
	(void)sig;
	traps++;
}

static void cpuid_step(void)
{
	signal(SIGTRAP, on_trap);
	__asm__ volatile("xor %%eax, %%eax; pushfq; orl $0x100, (%%rsp); popfq; cpuid; nop\n\t"
			 "pushfq; andl $~0x100, (%%rsp); popfq"
			 :
			 :
			 : "rax", "rbx", "rcx", "rdx", "memory", "cc");
	_exit(traps == 5 ? 0 : 1); /* behind CPUID, NOP, PUSHFQ, ANDL and POPFQ */
}

static void on_tsc(int sig)
{
	(void)sig;
	_exit(0);
}

static void tsd(void)
{
	signal(SIGSEGV, on_tsc);
	if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == 0)
		__asm__ volatile("rdtsc" : : : "rax", "rdx");
}

int main(void)
{
	static const struct {
		const char *name;
		void (*try)(void);
	} features[] = {
		{ "cpuid-step", cpuid_step },
		{ "breakpoints", breakpoints },
		{ "code32", code32 },
		{ "nt", nt },
		{ "tsd", tsd },
		{ "selectors", selectors },
	};

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (yes(features[i].try))
			puts(features[i].name);
	return 0;
}
