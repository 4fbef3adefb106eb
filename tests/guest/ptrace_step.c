// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ptrace_step.c - PTRACE_SINGLESTEP over instructions and through system calls,
 * cold and hot: each step is one instruction, and the call's result is right.
 */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "test.h"

extern char step_begin[], step_site[], step_after[], step_end[];
void hot_function(void);

/* Seven instructions from step_begin to step_end, a call in their middle. */
__asm__(".text\n\t.globl hot_function, step_begin, step_site, step_after, step_end\n"
	"hot_function:\n"
	"step_begin:	xor %edi, %edi\n"
	"	nop\n"
	"step_site:	mov $39, %eax\n"
	"	syscall\n"
	"step_after:	inc %edi\n"
	"	nop\n"
	"step_end:	ret\n");

static void child(int warm)
{
	for (int i = 0; i < warm; i++)
		hot_function();
	REQUIRE(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	raise(SIGSTOP);
	for (int i = 0; i < 200; i++)
		hot_function();
	_exit(0);
}

static void wait_stop(pid_t pid, int sig)
{
	int status;

	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == sig, "status %#x, not a stop by %d", status,
	       sig);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != sig) {
		kill(pid, SIGKILL);
		_exit(1);
	}
}

/* Steps until rip is at `to`; how many steps. */
static int step_to(pid_t pid, const char *to, int limit, struct user_regs_struct *r)
{
	int steps = 0;

	do {
		REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
		wait_stop(pid, SIGTRAP);
		REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, r) == 0);
		steps++;
	} while (r->rip != (uintptr_t)to && steps < limit);
	return steps;
}

static void run(int warm)
{
	struct user_regs_struct r;
	int status, steps;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0)
		child(warm);
	wait_stop(pid, SIGSTOP);
	step_to(pid, step_begin, 100000, &r);
	for (int i = 0; i < 5 && !test_failures; i++) {
		steps = step_to(pid, step_site, 100, &r);
		EXPECT(steps == 2, "warm %d: %d steps to the call", warm, steps);
		steps = step_to(pid, step_after, 100, &r);
		EXPECT(steps == 2, "warm %d: %d steps through the call", warm, steps);
		EXPECT(r.rax == (unsigned int)pid, "warm %d: the call returned %lld", warm,
		       (long long)r.rax);
		steps = step_to(pid, step_end, 100, &r);
		EXPECT(steps == 2, "warm %d: %d steps after the call", warm, steps);
		step_to(pid, step_begin, 100, &r);
	}
	REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "warm %d: the child ended with %#x", warm, status);
}

int main(void)
{
	run(0);
	run(1000);
	return test_end();
}
