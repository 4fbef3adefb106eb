// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inject.c - has another process make a system call, with arguments that are all 0, as code
 * could that somebody has got it to run.
 *
 * usage: inject PID SYSTEM-CALL
 *
 * Prints the errno that it failed with, 0, or SIGSYS; the process then goes on, as after an
 * interrupted call. Status 77: this host does not permit it.
 *
 * Must hold: the process sleeps in a system call.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define SYSCALL_SIZE 2 /* of the instruction */

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static int wait_for_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("inject: no stop");
	return WSTOPSIG(status);
}

int main(int argc, char **argv)
{
	const pid_t pid = argc == 3 ? atoi(argv[1]) : 0;
	const int call = argc == 3 ? seccomp_syscall_resolve_name(argv[2]) : -1;
	struct user_regs_struct before, regs;
	int signal = 0;

	if (pid <= 0 || call < 0)
		return 99;
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) < 0)
		return errno == EPERM || errno == ENOSYS ? 77 : 99;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		die("inject: ptrace");
	wait_for_stop(pid);
	if (ptrace(PTRACE_GETREGS, pid, NULL, &before) < 0 || (long)before.orig_rax < 0)
		die("inject: not in a system call");
	regs = before;
	regs.rip -= SYSCALL_SIZE;
	regs.rax = (uint64_t)call;
	regs.orig_rax = ~0ull; /* nothing is to be restarted */
	regs.rdi = regs.rsi = regs.rdx = regs.r10 = regs.r8 = regs.r9 = 0;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) < 0)
		die("inject: registers");
	/* the call's start, its end, where seccomp may have put back its number: SIGSYS follows */
	for (int stops = 0; stops < 2 || (stops == 2 && regs.rax == (uint64_t)call); stops++) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
			die("inject: ptrace");
		signal = wait_for_stop(pid);
		if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
			die("inject: registers");
	}
	if (signal == SIGSYS) {
		puts("SIGSYS");
	} else {
		printf("%ld\n", -(long)regs.rax);
		before.rax = (uint64_t)-EINTR;
		if (ptrace(PTRACE_SETREGS, pid, NULL, &before) < 0)
			die("inject: registers");
		signal = 0;
	}
	ptrace(PTRACE_DETACH, pid, NULL, (void *)(uintptr_t)signal);
	return 0;
}
