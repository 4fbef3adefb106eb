/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop.h - a vCPU that a debugger stops, inspects, steps. See <stop.h>.
 *
 * Runs: monitor, in a context.
 */
#ifndef MONITOR_DEBUGGER_STOP_H
#define MONITOR_DEBUGGER_STOP_H

#include "context/context.h"
#include "cpu/cpu.h"

/* No user code is rewritten meanwhile. */
static inline int stop_attached(void)
{
	return debugger->attached != 0;
}

static inline int stop_steps(void)
{
	return this_stop->step != STEP_NONE;
}

/*
 * While it is stepped, the guest meets interrupts only if the debugger says so; and never
 * while an instruction's copy is executed, which a handler's way back would not meet.
 */
static inline int stop_holds_interrupts(void)
{
	const struct stop *s = this_stop;

	return stop_steps() && (!s->interrupts || s->over != OVER_NONE);
}

/* Of the guest's real flags, while it runs. */
static inline uint64_t stop_real_tf(void)
{
	return this_stop->step == STEP_ARMED ? RFLAGS_TF : 0;
}

/*
 * What the guest was running has come into the monitor by an event of its own: if it is
 * stepped, that step is done; or not, as only a mapping was missing.
 */
static inline void stop_progress(void)
{
	if (this_stop->step == STEP_ARMED)
		this_stop->step = STEP_DONE;
}

static inline void stop_no_progress(void)
{
	if (this_stop->step == STEP_DONE)
		this_stop->step = STEP_ARMED;
}

/* Real flags, as the guest sees them: without the TF of a step. */
uint64_t stop_hide_tf(uint64_t rflags, uint64_t rip);
/* Takes the same out of what a stepped PUSHF has pushed. */
void stop_after_step(void);

/* Step from ctx.regs. */
void step_arm(void);
/* Before the guest goes on, this vCPU stops for that. */
void stop_for(uint32_t reason, uint64_t address);
/*
 * What one instruction was given goes: a private page, an open one (watch.h). Returns 1 if to
 * execute it was all that was wanted.
 */
int over_end(void);

/*
 * INT3 at ctx.regs.rip: if it is the debugger's this vCPU stops before the guest
 * goes on, and 1 is returned.
 */
int stop_soft_break(void);
/* Likewise the debugger's hardware breakpoint n has hit. */
void stop_hw_break(unsigned int n);
/* The guest's own byte at va, where the debugger has put an INT3; else -1. */
int stop_own_byte(uint64_t va);

/* Stop here if that is wanted; ctx.regs and the vCPU's state may change. */
void stop_check(void);
/* The same in HLT, whose RIP is behind it. Returns 1 if the vCPU is to leave it. */
int stop_check_halted(void);
/* The same while the vCPU waits for its start. */
void stop_check_off(void);
/* The same where it has ended for another's sake. */
void stop_check_ended(void);
/* The VM is about to end: tell the debugger, if there is one, and wait for it. */
void stop_at_exit(uint32_t exit, uint32_t code);

#endif
