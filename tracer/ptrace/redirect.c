// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * redirect.c - --redirect=ptrace: guest system calls go through the tracer.
 *
 * Runs: in the tracer, one thread for each vCPU, which is one loop around
 * waitpid(). Every context is attached to it from its fork, as its zygote was
 * seized before it forked the first.
 *
 * A guest user's SYSCALL stops in the host's seccomp (SECCOMP_RET_TRACE). We
 * cancel it (orig_rax -1), put its number back into rax, and let the context
 * go on at a gate of the monitor, which enters the guest kernel. The monitor itself
 * stops there, too, when it wants breakpoints (breakpoint.c). Every other stop is
 * passed on as if we were not there.
 *
 * Must hold: a context that stopped in seccomp never goes on before its call
 * was cancelled: the host would carry it out. Registers are the guest's; they
 * are only handed back. Nothing of a context's memory is read.
 */
#include "redirect.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <vm.h>

#include <tracer/request.h>
#include <umvmm/image/image.h>

#include "breakpoint.h"
#include "group.h"
#include "tracee.h"

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_EXITKILL)

/* One vCPU's thread. */
struct redirector {
	int fd; /* the manager's */
	pid_t zygote;
	uint64_t gate;
};

static struct redirector redirectors[VM_MAX_VCPUS];
static unsigned int redirector_count;

/*
 * A stop and its end are two hand-offs between processes: on one host CPU they
 * cost a third. So we go where the vCPU's contexts are, pinned or not.
 */
static void share_cpus(pid_t zygote)
{
	cpu_set_t cpus;

	if (sched_getaffinity(zygote, sizeof(cpus), &cpus) == 0)
		sched_setaffinity(0, sizeof(cpus), &cpus);
}

static void redirect(const struct redirector *r, pid_t pid)
{
	struct user_regs_struct regs = { 0 };

	if (tracee_get(pid, &regs) < 0)
		return;
	if (breakpoint_asked(pid, &regs)) {
		regs.rax = breakpoint_call(pid, &regs);
	} else {
		regs.rax = regs.orig_rax;
		regs.rip = r->gate;
	}
	regs.orig_rax = ~0ull;
	if (tracee_put(pid, &regs) == 0)
		tracee_go_on(pid, 0);
}

static void stopped(const struct redirector *r, pid_t pid, int status)
{
	switch (status >> 16) {
	case 0:
		tracee_go_on(pid, WSTOPSIG(status));
		break;
	case PTRACE_EVENT_SECCOMP:
		redirect(r, pid);
		break;
	case PTRACE_EVENT_STOP:
		tracee_event_stop(pid, WSTOPSIG(status));
		break;
	default: /* forks: the new context is attached and stops by itself */
		tracee_go_on(pid, 0);
	}
}

static void *run(void *arg)
{
	const struct redirector *r = arg;
	int err = 0;

	share_cpus(r->zygote);
	if (ptrace(PTRACE_SEIZE, r->zygote, NULL, OPTIONS) < 0)
		err = errno;
	if (request_answer(r->fd, err) < 0)
		group_kill();
	while (!err) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL | __WNOTHREAD);

		if (pid < 0 || (!WIFSTOPPED(status) && pid == r->zygote))
			group_kill();
		if (WIFSTOPPED(status))
			stopped(r, pid, status);
	}
	return NULL;
}

int redirect_start(int fd, pid_t zygote, bool sibling)
{
	struct redirector *r = &redirectors[redirector_count];
	pthread_t thread;

	if (redirector_count == VM_MAX_VCPUS)
		return -1;
	redirector_count++;
	r->fd = fd;
	r->zygote = zygote;
	r->gate = monitor_image_gate(sibling ? UMVMM_GATE_SIBLING : UMVMM_GATE_SYSCALL);
	return pthread_create(&thread, NULL, run, r) ? -1 : 0;
}
