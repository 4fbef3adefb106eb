// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debug_registers.c - the host's debug registers of a process; do they hit?
 *
 * Runs: in the tracer, when a guest or a debugger first sets one, in whatever thread that
 * is; and in umvmm doctor.
 */
#include "debug_registers.h"

#include <pthread.h>
#include <signal.h>
#include <debugreg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* DR7 for a write of four bytes at DR0. */
#define WRITE_4 (DR7_LOCAL(0) | (uint64_t)(DR_RW_WRITE | DR_LEN_4) << DR7_SHIFT(0))

static volatile uint32_t watched;
static bool work = true, off;

static void child(void) __attribute__((noreturn));
static void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		raise(SIGSTOP);
	watched = 1;
	_exit(0);
}

bool debug_register_put(pid_t pid, unsigned int n, uint64_t value)
{
	const size_t at = offsetof(struct user, u_debugreg) + n * sizeof(uint64_t);

	return ptrace(PTRACE_POKEUSER, pid, (void *)at, (void *)(uintptr_t)value) == 0;
}

static void try(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		child();
	if (pid < 0)
		return;
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return;
	if (debug_register_put(pid, 0, (uintptr_t)&watched) &&
	    debug_register_put(pid, DR_CONTROL, WRITE_4) &&
	    ptrace(PTRACE_CONT, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid)
		work = WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
}

void debug_registers_off(void)
{
	off = true;
}

bool debug_registers_work(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (off)
		return false;
	pthread_once(&once, try);
	return work;
}
