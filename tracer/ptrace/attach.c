// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach.c - traces a process of the VM for as long as it takes to set breakpoints.
 *
 * Runs: in the tracer, one thread, asleep until a guest first uses its debug registers.
 * A context asks through its vCPU's debug_state, for itself or its user sibling. We
 * attach and say so; then that process makes its DEBUG_CALL, which stops it for us;
 * we carry it out (breakpoint.c) and detach. What redirect.c traces asks there.
 *
 * Must hold: the guest may write the request. So the process must be one of the VM's
 * (group.h); this is looked at once more when we have attached, as from then on the
 * number stays that process's. Until a process that never makes the call has died,
 * this VM gets no further breakpoints.
 */
#include "attach.h"

#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breakpoint.h"
#include "group.h"
#include "tracee.h"

static bool attach(pid_t pid)
{
	if (!group_has(pid) || ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESECCOMP) < 0)
		return false;
	if (group_has(pid))
		return true;
	/* another process has got the number; detaching needs a stop */
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && waitpid(pid, NULL, __WALL) == pid)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return false;
}

static void answer(pid_t pid)
{
	struct user_regs_struct regs = { 0 };

	if (tracee_get(pid, &regs) < 0)
		return;
	regs.rax = breakpoint_asked(pid, &regs) ? breakpoint_call(pid, &regs) : (uint64_t)-ENOSYS;
	regs.orig_rax = ~0ull;
	if (tracee_put(pid, &regs) == 0)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void wait_for_call(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
		switch (status >> 16) {
		case PTRACE_EVENT_SECCOMP:
			answer(pid);
			return;
		case PTRACE_EVENT_STOP:
			tracee_event_stop(pid, WSTOPSIG(status));
			break;
		default:
			tracee_go_on(pid, WSTOPSIG(status));
		}
	}
}

static void serve(struct vcpu *vcpu)
{
	pid_t pid = __atomic_load_n(&vcpu->debug_pid, __ATOMIC_SEQ_CST);
	bool attached = attach(pid);

	__atomic_store_n(&vcpu->debug_state, attached ? DEBUG_ATTACHED : DEBUG_REFUSED,
			 __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &vcpu->debug_state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	if (attached)
		wait_for_call(pid);
}

static void *run(void *arg)
{
	struct vm *vm = arg;

	for (;;) {
		uint32_t seen = __atomic_load_n(&vm->debug_event, __ATOMIC_SEQ_CST);

		for (unsigned int i = 0; i < VM_MAX_VCPUS; i++) {
			struct vcpu *vcpu = (struct vcpu *)((char *)vm + vcpu_offset(i));

			if (__atomic_load_n(&vcpu->debug_state, __ATOMIC_SEQ_CST) == DEBUG_ASKED)
				serve(vcpu);
		}
		syscall(SYS_futex, &vm->debug_event, FUTEX_WAIT, seen, NULL, NULL, 0);
	}
	return NULL;
}

int attach_start(struct vm *vm)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, run, vm) ? -1 : 0;
}
