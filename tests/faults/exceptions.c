// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exceptions.c - three times COUNT exceptions that are no page faults, for counters.sh: #DE, #UD and
 * #SS (a stack pointer that is no address).
 *
 * usage: exceptions COUNT
 *
 * Runs: in the guest, on native Linux, too.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static sigjmp_buf again;
static volatile sig_atomic_t met[3];

static void handler(int sig)
{
	met[sig == SIGFPE ? 0 : sig == SIGILL ? 1 : 2]++;
	siglongjmp(again, 1);
}

static void cause(int kind)
{
	if (sigsetjmp(again, 1))
		return;
	if (kind == 0)
		__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" ::: "eax", "ecx", "edx");
	else if (kind == 1)
		__asm__ volatile("ud2");
	else
		__asm__ volatile("mov $1, %%rax; shl $62, %%rax; mov %%rax, %%rsp; push %%rax" ::: "rax",
				 "memory");
}

int main(int argc, char **argv)
{
	static char stack[64 * 1024];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	const int count = argc > 1 ? atoi(argv[1]) : 1;

	if (sigaltstack(&alternate, NULL) < 0 || sigaction(SIGFPE, &sa, NULL) < 0 ||
	    sigaction(SIGILL, &sa, NULL) < 0 || sigaction(SIGBUS, &sa, NULL) < 0)
		return 1;
	for (volatile int i = 0; i < 3 * count; i++)
		cause(i % 3);
	printf("%d %d %d\n", (int)met[0], (int)met[1], (int)met[2]);
	return met[0] != count || met[1] != count || met[2] != count;
}
