// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * halt.c - HLT: the context sleeps in the host until an event or its deadline.
 *
 * Runs: monitor.
 *
 * A CPU that halts with interrupts off (VCPU_DEAD) is woken by another one only, by an NMI
 * or INIT. When all do, or wait for their start, the VM ends: who sleeps last finds it so.
 *
 * Must hold: no wake-up is lost. Others set `request`, bump wake_seq, then look
 * at `state`; we set `state`, then look at `request`, and sleep only while
 * wake_seq has the value it had before.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "cpu.h"
#include "debugger/stop.h"
#include "devices/apic.h"
#include "halt.h"
#include "report/report.h"
#include "smp.h"

static int deadline_in(uint64_t deadline, struct __kernel_timespec *ts)
{
	uint64_t now = rdtsc(), khz = vm_page->tsc_khz, left;

	if (!deadline)
		return 0;
	left = deadline > now ? deadline - now : 0;
	ts->tv_sec = (int64_t)(left / (khz * 1000));
	ts->tv_nsec = (int64_t)((left % (khz * 1000)) * 1000000 / khz);
	return 1;
}

/* How often any CPU has been woken. */
static uint32_t wakes(void)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < vm_page->ncpus && i < VM_MAX_VCPUS; i++)
		sum += __atomic_load_n(&vcpu_at(i)->wake_seq, __ATOMIC_SEQ_CST);
	return sum;
}

/* What it was asked for it has seen, and sleeps. Who wakes sets the state, then takes the request. */
static int sleeps_for_ever(const struct vcpu *v)
{
	uint32_t state;

	if (__atomic_load_n(&v->request, __ATOMIC_SEQ_CST))
		return 0;
	state = __atomic_load_n(&v->state, __ATOMIC_SEQ_CST);
	return state == VCPU_DEAD || state == VCPU_OFF;
}

void halt_check_dead(void)
{
	uint32_t before;

	do {
		before = wakes();
		for (unsigned int i = 0; i < vm_page->ncpus && i < VM_MAX_VCPUS; i++)
			if (!sleeps_for_ever(vcpu_at(i)))
				return;
	} while (wakes() != before);
	guest_dead("all CPUs have halted with interrupts off: none will ever run again");
}

void halt(void)
{
	struct vcpu *v = this_vcpu;
	int interruptible = (v->rflags & RFLAGS_IF) != 0;
	uint32_t state = interruptible ? VCPU_HALTED : VCPU_DEAD;

	v->sti_shadow_rip = 0;
	for (;;) {
		struct __kernel_timespec ts;
		uint32_t seq;

		apic_requests();
		if (stop_check_halted())
			return;
		if ((interruptible && apic_ready() >= 0) || smp_wakes(v))
			return;
		seq = __atomic_load_n(&v->wake_seq, __ATOMIC_SEQ_CST);
		__atomic_store_n(&v->state, state, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&v->request, __ATOMIC_SEQ_CST)) {
			if (!interruptible)
				halt_check_dead();
			v->stats.halt++;
			sibling_rest(); /* it would have a CPU of its own all the while */
			host_futex_wait(&v->wake_seq, seq, deadline_in(v->deadline, &ts) ? &ts : NULL);
		}
		__atomic_store_n(&v->state, VCPU_RUNNING, __ATOMIC_SEQ_CST);
	}
}
