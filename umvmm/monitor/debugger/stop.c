// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stop.c - a vCPU that a debugger stops.
 *
 * Runs: monitor, in the vCPU's running context; nothing of the guest is half done.
 *
 * Must hold: the guest's registers are all in this_stop and the vCPU's page while it
 * stays. The tracer may have set any value there; what cannot be loaded it has refused,
 * and the guest, which may write there too, harms itself.
 */
#include "context/host.h"
#include "context/sibling.h"
#include "cpu/debug.h"
#include "redirect/site.h"
#include "stop.h"
#include "watch.h"

void stop_for(uint32_t reason, uint64_t address)
{
	this_stop->reason = reason;
	this_stop->address = address;
	__atomic_store_n(&this_vcpu->pending, 1, __ATOMIC_SEQ_CST);
}

void stop_hw_break(unsigned int n)
{
	stop_for(STOP_HW, n);
}

/* Rewritten user code is a private copy, which would not show the debugger's INT3s. */
static void prepare(struct stop *s)
{
	uint32_t attached = debugger->attached;

	if (s->attached == attached)
		return;
	s->attached = attached;
	site_drop();
	context_others_stale();
}

static void tell(struct stop *s)
{
	__atomic_store_n(&s->state, STOP_STAYS, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&debugger->event, 1, __ATOMIC_SEQ_CST);
	host_futex_wake_all(&debugger->event); /* two of its threads may wait */
}

static void stay(uint32_t place)
{
	struct stop *s = this_stop;
	uint32_t state;

	sibling_rest();
	s->place = place;
	s->user_cs = (uint32_t)ctx.user_cs;
	if (s->step == STEP_ARMED)
		watch_cancel();
	over_end();
	s->step = STEP_NONE;
	prepare(s);
	context_save(&s->hand);
	tell(s);
	/* a debugger that has gone away while we came here wants nothing any more */
	while ((state = __atomic_load_n(&s->state, __ATOMIC_SEQ_CST)) != STOP_RUNS &&
	       stop_attached()) {
		if (state == STOP_SYNC) {
			s->refused = debug_sync() < 0;
			tell(s);
		}
		host_futex_wait(&s->state, STOP_STAYS, NULL);
	}
	__atomic_store_n(&s->state, STOP_RUNS, __ATOMIC_SEQ_CST);
	s->reason = STOP_ASKED;
	context_load(&s->hand);
	watch_sync();
	debug_sync();
	if (s->single && stop_attached())
		step_arm();
	/* what came meanwhile, and a step's gates go the slow way */
	__atomic_store_n(&this_vcpu->pending, 1, __ATOMIC_SEQ_CST);
}

static int is_wanted(const struct stop *s)
{
	return s->reason || __atomic_load_n(&s->wanted, __ATOMIC_SEQ_CST);
}

void stop_check(void)
{
	struct stop *s = this_stop;

	if (s->step == STEP_DONE && !s->reason && over_end())
		s->step = STEP_NONE;
	if (s->step == STEP_DONE && !s->reason) {
		if (ctx.regs.rip - s->range_start < s->range_end - s->range_start &&
		    !is_wanted(s)) {
			step_arm();
			return;
		}
		s->reason = STOP_STEP;
	}
	if (is_wanted(s))
		stay(STOP_IN_GUEST);
}

int stop_check_halted(void)
{
	uint64_t rip = ctx.regs.rip;

	if (over_end())
		this_stop->step = STEP_NONE;
	/* a debug exception ends HLT: SDM vol. 2, HLT */
	if (!stop_steps() && is_wanted(this_stop))
		stay(STOP_IN_HALT);
	return stop_steps() || ctx.regs.rip != rip;
}

void stop_check_off(void)
{
	if (is_wanted(this_stop))
		stay(STOP_IN_OFF);
}

void stop_check_ended(void)
{
	if (is_wanted(this_stop))
		stay(STOP_IN_GUEST);
}

void stop_at_exit(uint32_t exit, uint32_t code)
{
	struct stop *s = this_stop;

	if (!stop_attached())
		return;
	s->exit = exit;
	s->exit_code = code;
	s->reason = STOP_EXIT;
	stay(STOP_IN_GUEST);
}
