// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracee.c - what the tracer's threads do with a process that has stopped.
 *
 * Runs: in the tracer.
 */
#include "tracee.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "group.h"

/*
 * The registers up to RIP. Writing the rest back could fail: PTRACE refuses
 * segment bases that WRFSBASE accepts.
 */
#define REGS_SIZE (offsetof(struct user_regs_struct, rip) + sizeof(uint64_t))

static bool failed(long ret)
{
	return ret < 0 && errno != ESRCH;
}

static int transfer(long request, pid_t pid, struct user_regs_struct *regs)
{
	struct iovec part = { regs, REGS_SIZE };
	long ret = ptrace((enum __ptrace_request)request, pid, (void *)NT_PRSTATUS, &part);

	if (failed(ret) || (ret == 0 && part.iov_len != REGS_SIZE))
		group_kill();
	return (int)ret;
}

int tracee_get(pid_t pid, struct user_regs_struct *regs)
{
	return transfer(PTRACE_GETREGSET, pid, regs);
}

int tracee_put(pid_t pid, const struct user_regs_struct *regs)
{
	struct user_regs_struct copy = *regs;

	return transfer(PTRACE_SETREGSET, pid, &copy);
}

void tracee_go_on(pid_t pid, int signal)
{
	if (failed(ptrace(PTRACE_CONT, pid, NULL, (long)signal)))
		group_kill();
}

/* A group-stop lasts until SIGCONT; any other event stop is over at once. */
void tracee_event_stop(pid_t pid, int signal)
{
	if (signal != SIGSTOP && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		tracee_go_on(pid, 0);
	else if (failed(ptrace(PTRACE_LISTEN, pid, NULL, NULL)))
		group_kill();
}
