// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * regs.c - a stopped vCPU's registers, but the FPU's.
 *
 * Runs: in the tracer.
 */
#include "state.h"

#include <errno.h>
#include <string.h>

/* What the guest can set for real: CF PF AF ZF SF TF DF OF NT AC ID. RF is the host's. */
#define FLAGS	  0x244dd5ull
#define FLAG_RF	  0x10000ull
#define USER_SS	  0x2b
#define CR8_SHIFT 4 /* of the local APIC's TPR */
#define CR8_MAX	  15

static bool is_user(const struct vcpu *v)
{
	return v->cpl == 3;
}

int target_get_regs(struct target *t, unsigned int vcpu, struct target_regs *regs)
{
	int err = target_needs(t, vcpu);
	const struct stop *s;
	const struct vcpu *v;

	if (err)
		return err;
	s = stop_of(t, vcpu);
	v = vcpu_of(t, vcpu);
	memcpy(regs->r, s->hand.regs.r, sizeof(regs->r));
	regs->rip = s->hand.regs.rip;
	regs->rflags = (s->hand.regs.rflags & FLAGS) | (v->rflags & RFLAGS_IF) | RFLAGS_FIXED;
	regs->cs = is_user(v) ? (uint16_t)s->user_cs : (uint16_t)v->cs;
	regs->ss = is_user(v) ? USER_SS : (uint16_t)v->ss;
	regs->ds = s->hand.seg.ds;
	regs->es = s->hand.seg.es;
	regs->fs = s->hand.seg.fs;
	regs->gs = s->hand.seg.gs;
	regs->fs_base = s->hand.seg.fs_base;
	regs->gs_base = s->hand.seg.gs_base;
	regs->kernel_gs_base = v->kgs;
	regs->cr0 = v->cr0;
	regs->cr2 = v->cr2;
	regs->cr3 = v->cr3;
	regs->cr4 = v->cr4;
	regs->cr8 = v->apic_tpr >> CR8_SHIFT;
	regs->efer = v->efer;
	return 0;
}

static bool can_be_set(const struct target_regs *to, const struct target_regs *from)
{
	return to->cs == from->cs && to->ss == from->ss && to->ds == from->ds &&
	       to->es == from->es && to->fs == from->fs && to->gs == from->gs &&
	       to->cr0 == from->cr0 && to->cr3 == from->cr3 && to->cr4 == from->cr4 &&
	       to->efer == from->efer && to->cr8 <= CR8_MAX;
}

int target_set_regs(struct target *t, unsigned int vcpu, const struct target_regs *regs)
{
	struct target_regs now;
	int err = target_get_regs(t, vcpu, &now);
	struct stop *s;
	struct vcpu *v;
	uint64_t rf;

	if (err)
		return err;
	if (!can_be_set(regs, &now))
		return -EINVAL;
	s = stop_of(t, vcpu);
	v = vcpu_of(t, vcpu);
	/* a breakpoint that has hit here shall not hit at once again */
	rf = regs->rip == now.rip ? s->hand.regs.rflags & FLAG_RF : 0;
	memcpy(s->hand.regs.r, regs->r, sizeof(regs->r));
	s->hand.regs.rip = regs->rip;
	s->hand.regs.rflags = (regs->rflags & FLAGS) | rf | RFLAGS_FIXED;
	if (!is_user(v)) /* there it is always set */
		v->rflags = RFLAGS_FIXED | (regs->rflags & RFLAGS_IF);
	s->hand.seg.fs_base = regs->fs_base;
	s->hand.seg.gs_base = regs->gs_base;
	v->kgs = regs->kernel_gs_base;
	v->cr2 = regs->cr2;
	v->apic_tpr = (v->apic_tpr & ((1u << CR8_SHIFT) - 1)) | (uint32_t)regs->cr8 << CR8_SHIFT;
	return 0;
}
