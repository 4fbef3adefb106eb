// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stuck.c - does the guest loop in its panic for ever?
 *
 * Runs: in the manager's main thread.
 *
 * A panic that does not reset the machine (panic=0, on the command line or by sysctl) ends in
 * a loop. Its last words are on the console, but anybody may have written such words there. So
 * the vCPUs are looked at, again and again: in that loop each that has not halted for good is
 * the kernel's, and does nothing: no system call of a user's, no HLT. Its local APIC is off
 * (native_stop_other_cpus()), or, with a kernel for one CPU, it takes interrupts. Whom a debugger
 * has stopped is left alone.
 *
 * Must hold: the guest may write all that is looked at, to the harm of nobody else.
 */
#include <umvmm/base/futex.h>

#include "session.h"
#include "stop.h"

#define LOOKS	    20u
#define SVR_ENABLED 0x100u /* SDM vol. 3 11.9 */

static bool has_debugger(const struct machine *m)
{
	const struct debugger *debugger = (void *)((char *)m->vm + DEBUGGER_OFFSET);

	return __atomic_load_n(&debugger->attached, __ATOMIC_SEQ_CST);
}

/*
 * Does this vCPU do what it would in that loop? Adds what it has done in its life, and is OFF
 * no more if its APIC may give it interrupts.
 */
static bool may_loop(const struct vcpu *v, uint64_t *work, uint64_t *interrupts, bool *off)
{
	const struct vcpu_stats *n = &v->stats;
	uint32_t state = __atomic_load_n(&v->state, __ATOMIC_SEQ_CST);

	*work += n->syscall_sigsys + n->syscall_gate + n->syscall_ptrace + n->sibling_run + n->halt;
	*interrupts += n->interrupt;
	if (state == VCPU_OFF || state == VCPU_DEAD)
		return true;
	*off &= !(v->apic_svr & SVR_ENABLED);
	return state == VCPU_RUNNING && __atomic_load_n(&v->cpl, __ATOMIC_RELAXED) == 0;
}

static void look(struct session *s)
{
	uint64_t work = 0, interrupts = 0;
	struct stuck *last = &s->stuck;
	bool loops = !has_debugger(&s->machine), off = true;

	for (unsigned int i = 0; i < s->machine.ncpus; i++)
		loops &= may_loop(machine_vcpu(&s->machine, i), &work, &interrupts, &off);
	if (!loops || work != last->work)
		last->looks = 0;
	else if (off || interrupts != last->interrupts)
		last->looks++;
	last->work = work;
	last->interrupts = interrupts;
	last->dead = last->looks >= LOOKS;
}

bool session_look_stuck(struct session *s)
{
	int64_t now = monotonic_ns();

	if (!s->cfg->exec || !s->console.ended || s->stuck.dead)
		return false;
	if (now >= s->stuck.next) {
		s->stuck.next = now + STUCK_LOOK_NS;
		look(s);
	}
	return true;
}
