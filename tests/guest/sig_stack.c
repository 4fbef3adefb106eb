// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sig_stack.c - alternate signal stacks, nested handlers, masks, and what the
 * handler may change in the interrupted registers.
 */
#include <ucontext.h>

#include "test.h"

#define STACK_PAGES 32

static char *alt;
static volatile int depth, deepest, on_alt, resumed;

static void nested(int sig)
{
	char here;

	depth++;
	if (depth > deepest)
		deepest = depth;
	if (&here >= alt && &here < alt + STACK_PAGES * PAGE)
		on_alt++;
	if (depth < 5)
		raise(sig);
	depth--;
}

static void skip(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* over ud2 */
	uc->uc_mcontext.gregs[REG_RBX] = 0x1234567887654321;
	resumed++;
}

static void overflow(int sig)
{
	(void)sig;
	_exit(3);
}

static int recurse(volatile char *p, volatile int *stop)
{
	volatile char page[PAGE];

	page[0] = *p;
	if (*stop)
		return 0;
	return recurse(page, stop) + page[0];
}

static void too_deep(void *arg)
{
	struct sigaction sa = { .sa_handler = overflow, .sa_flags = SA_ONSTACK };
	volatile int stop = 0;
	char c = 0;

	(void)arg;
	sigaction(SIGSEGV, &sa, NULL);
	_exit(recurse(&c, &stop) & 1);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = nested, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t ss = { .ss_size = STACK_PAGES * PAGE };
	unsigned long rbx;
	int status;

	alt = map_pages(STACK_PAGES, PROT_READ | PROT_WRITE);
	ss.ss_sp = alt;
	REQUIRE(sigaltstack(&ss, NULL) == 0);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	EXPECT(deepest == 5 && depth == 0 && on_alt == 5, "%d deep, %d on the stack", deepest,
	       on_alt);

	sa = (struct sigaction){ .sa_sigaction = skip, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	sigaction(SIGILL, &sa, NULL);
	for (int i = 0; i < 1000; i++) {
		__asm__ volatile("xor %%ebx, %%ebx; ud2" : "=b"(rbx)::"memory");
		EXPECT(rbx == 0x1234567887654321, "rbx %#lx", rbx);
	}
	EXPECT(resumed == 1000, "%d", resumed);

	status = in_child(too_deep, NULL);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 3, "stack overflow: %#x", status);
	return test_end();
}
