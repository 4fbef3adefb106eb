// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * resume.c - the last C before guest code runs.
 *
 * Runs: monitor. resume_deliver is called by gates.S with `pending` set.
 */
#include "context/context.h"
#include "context/host.h"
#include "cpu/cpu.h"
#include "cpu/exception.h"
#include "cpu/smp.h"
#include "debugger/stop.h"
#include "debugger/watch.h"
#include "devices/apic.h"

void resume_prepare(void)
{
	bases_settle();
	ctx.remote = this_vcpu->split && this_vcpu->cpl == 3;
	ctx.iret[0] = ctx.regs.rip;
	ctx.iret[1] = this_vcpu->cpl == 3 ? ctx.user_cs : HOST_CS;
	ctx.iret[2] = (ctx.regs.rflags & RFLAGS_REAL) | RFLAGS_FIXED | RFLAGS_IF |
		      stop_real_tf();
	if (this_vcpu->cpl != 3) /* alignment is checked at CPL 3 only, where we always are */
		ctx.iret[2] &= ~(uint64_t)RFLAGS_AC;
	ctx.iret[3] = ctx.regs.r[GPR_RSP];
	ctx.iret[4] = HOST_SS;
}

/* Returns 1 if something was there, and the guest is elsewhere now. */
static int deliver(struct vcpu *v)
{
	const uint64_t rip = ctx.regs.rip;
	int vector;

	if (v->events)
		smp_events();
	if ((v->cpl == 3 || (v->rflags & RFLAGS_IF)) && ctx.regs.rip != v->sti_shadow_rip &&
	    !(watch_any() && apic_ready() >= 0 && watch_goes_first())) {
		vector = apic_take();
		if (vector >= 0)
			inject_interrupt((unsigned int)vector);
	}
	return ctx.regs.rip != rip;
}

void resume_deliver(void)
{
	struct vcpu *v = this_vcpu;

	for (;;) {
		apic_requests();
		stop_check();
		if (stop_holds_interrupts() || !deliver(v))
			break;
		if (this_stop->reason) /* the frame was written to what is watched */
			continue;
		if (!stop_steps())
			break;
		stop_progress(); /* a step ends at the handler */
	}
	if (stop_steps())
		__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST); /* as apic_requests() */
	resume_prepare();
}

void resume_from_signal(void)
{
	if (ctx.fpstate)
		xrstor(ctx.fpstate, ctx.xmask);
	ctx.fpstate = 0;
	resume_prepare();
	resume();
}
