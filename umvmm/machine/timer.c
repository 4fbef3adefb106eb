// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timer.c - a thread per vCPU that kicks it when its TSC deadline has come.
 *
 * Runs: in a thread of the manager each.
 * Must hold: the monitor writes vcpu->deadline and then, if no sleep is armed
 * or it is armed for later, bumps timer_seq and wakes. We publish timer_target
 * and timer_armed before we look at deadline again and sleep, so one of the
 * two sides always sees the other.
 */
#include <sys/prctl.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/futex.h>
#include <umvmm/host/tsc.h>

#include "machine.h"

#define IDLE_NS 500000000ll /* the longest sleep: notices stop_threads without a wake */

/* target: a deadline before this must wake us; `seen` is the one that we have looked at. */
static void sleep_until(struct vcpu *vcpu, uint64_t target, uint64_t seen, uint32_t seq, int64_t ns)
{
	int64_t limit = monotonic_ns() + IDLE_NS;

	__atomic_store_n(&vcpu->timer_target, target, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->timer_armed, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vcpu->deadline, __ATOMIC_SEQ_CST) == seen)
		futex_wait_until(&vcpu->timer_seq, seq, ns < limit ? ns : limit);
	__atomic_store_n(&vcpu->timer_armed, 0, __ATOMIC_SEQ_CST);
}

static void *timer_thread(void *arg)
{
	struct timer *timer = arg;
	struct machine *m = timer->machine;
	struct vcpu *vcpu = machine_vcpu(m, timer->index);
	uint64_t fired = 0; /* the deadline that was kicked for already */

	prctl(PR_SET_TIMERSLACK, 1);
	while (!m->stop_threads) {
		uint32_t seq = __atomic_load_n(&vcpu->timer_seq, __ATOMIC_SEQ_CST);
		uint64_t deadline = __atomic_load_n(&vcpu->deadline, __ATOMIC_SEQ_CST);

		if (!deadline || deadline == fired) {
			sleep_until(vcpu, UINT64_MAX, deadline, seq, INT64_MAX);
			fired = 0; /* once more if it was not seen: TSCs may differ a bit */
		} else if ((int64_t)(deadline - tsc_read()) > 0) {
			sleep_until(vcpu, deadline, deadline, seq,
				    tsc_to_monotonic(deadline, m->tsc_khz));
		} else {
			fired = deadline;
			machine_kick(m, timer->index, REQ_TIMER);
		}
	}
	return NULL;
}

int timer_start(struct machine *m, unsigned int index)
{
	struct timer *timer = &m->timer[index];

	timer->machine = m;
	timer->index = index;
	if (pthread_create(&timer->thread, NULL, timer_thread, timer))
		return fail("cannot start a thread: see ulimit -u and -v");
	return 0;
}

void timer_stop(struct machine *m, unsigned int index)
{
	struct vcpu *vcpu = machine_vcpu(m, index);

	__atomic_fetch_add(&vcpu->timer_seq, 1, __ATOMIC_SEQ_CST);
	futex_wake(&vcpu->timer_seq);
	pthread_join(m->timer[index].thread, NULL);
}
