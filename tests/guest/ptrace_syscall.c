// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ptrace_syscall.c - PTRACE_SYSCALL stops twice at each system call of a child
 * whose calls were hot before it was traced; numbers and results can be read
 * and changed.
 */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "test.h"

#define CALLS 50

static long call(long nr)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "0"(nr) : "rcx", "r11", "memory");
	return ret;
}

static void child(void)
{
	for (int i = 0; i < 1000; i++)
		if (getppid() != (pid_t)call(SYS_getppid))
			_exit(3);
	REQUIRE(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	raise(SIGSTOP);
	for (int i = 0; i < CALLS; i++)
		if (getppid() != 4711)
			_exit(4);
	_exit(0);
}

int main(void)
{
	int status, enters = 0, exits = 0;
	struct user_regs_struct r;
	bool inside = false;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0)
		child();
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	REQUIRE(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) == 0);
	for (;;) {
		REQUIRE(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
		REQUIRE(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status))
			break;
		EXPECT(WSTOPSIG(status) == (SIGTRAP | 0x80), "stop %#x", status);
		REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, &r) == 0);
		if (r.orig_rax == SYS_exit_group)
			continue;
		inside = !inside;
		if (r.orig_rax != SYS_getppid)
			continue;
		if (inside) {
			enters++;
			EXPECT(r.rax == (unsigned long)-ENOSYS, "rax %#llx at entry", r.rax);
		} else {
			exits++;
			EXPECT(r.rax == (unsigned int)getpid(), "rax %#llx at exit", r.rax);
			r.rax = 4711;
			REQUIRE(ptrace(PTRACE_SETREGS, pid, NULL, &r) == 0);
		}
	}
	EXPECT(status == 0, "the child ended with %#x", status);
	EXPECT(enters == CALLS && exits == CALLS, "%d entries, %d exits", enters, exits);
	return test_end();
}
