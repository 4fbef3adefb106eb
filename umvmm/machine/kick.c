// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kick.c - interrupts a vCPU.
 *
 * Runs: in any of the manager's threads.
 * Must hold: a signal goes to our own children only, and at most one is
 * outstanding (vcpu->kicked). A child that was not reaped keeps its process
 * id, and reap_lock keeps it unreaped between the check and the signal.
 *
 * The vCPU may halt between our look at its state and the signal: so wake_seq
 * is always bumped; the monitor re-checks pending after it has set its state
 * and sleeps only while wake_seq has not moved.
 */
#include "machine.h"

#include <signal.h>
#include <sys/wait.h>

#include <umvmm/base/futex.h>

#define KICK_SIGNAL SIGUSR1 /* 10: the one the seccomp policy lets contexts send, too */

static void send_signal(struct machine *m, pid_t pid)
{
	siginfo_t info = { 0 };

	if (pid <= 1)
		return;
	pthread_mutex_lock(&m->reap_lock);
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid)
		syscall(SYS_tgkill, pid, pid, KICK_SIGNAL);
	pthread_mutex_unlock(&m->reap_lock);
}

void machine_kick(struct machine *m, unsigned int index, uint32_t request)
{
	struct vcpu *vcpu = machine_vcpu(m, index);
	uint32_t state;

	__atomic_fetch_or(&vcpu->request, request, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->pending, 1, __ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&vcpu->kicked, 1, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_add(&vcpu->wake_seq, 1, __ATOMIC_SEQ_CST);
	state = __atomic_load_n(&vcpu->state, __ATOMIC_SEQ_CST);
	if (state == VCPU_HALTED || state == VCPU_DEAD)
		futex_wake(&vcpu->wake_seq);
	else
		send_signal(m, __atomic_load_n(&vcpu->run_pid, __ATOMIC_SEQ_CST));
}
