// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * step.c - one instruction for a debugger, by the host's trap flag.
 *
 * Runs: monitor, in a context. TF is set in what the guest really runs with, until it
 * comes back with something done. A gate's call is trapped at the gate, which then goes
 * the slow way, as `pending` is set; so it ends in resume_deliver().
 *
 * Must hold: the guest never sees this TF: it is taken out of the flags wherever they
 * come into the monitor, and out of what its own PUSHF has pushed.
 */
#include "mmu/mmu.h"
#include "stop.h"

/* stop->step_insn */
#define INSN_OTHER 0u
#define INSN_PUSHF 1u
#define INSN_FLAGS 2u /* POPF, IRET: loads all flags */

#define OPCODE_PUSHF 0x9c
#define OPCODE_POPF  0x9d
#define OPCODE_IRET  0xcf

/* Only user code executes these by itself: of the kernel all are rewritten. */
static uint32_t classify(uint64_t rip)
{
	uint8_t code;
	unsigned int i;

	for (i = 0; i < 3 && !guest_read(rip + i, &code, 1, code_rights()); i++) {
		int own = stop_own_byte(rip + i);

		switch (own < 0 ? code : own) {
		case 0x66:
			continue;
		case OPCODE_PUSHF:
			return INSN_PUSHF;
		case OPCODE_POPF:
		case OPCODE_IRET:
			return INSN_FLAGS;
		}
		if ((code & 0xf0) != 0x40) /* REX */
			break;
	}
	return INSN_OTHER;
}

void step_arm(void)
{
	struct stop *s = this_stop;

	s->step_rip = ctx.regs.rip;
	s->step_tf = (uint32_t)ctx.regs.rflags & RFLAGS_TF;
	s->step_insn = classify(ctx.regs.rip);
	s->step = STEP_ARMED;
}

uint64_t stop_hide_tf(uint64_t rflags, uint64_t rip)
{
	const struct stop *s = this_stop;

	if (s->step == STEP_NONE || (s->step_insn == INSN_FLAGS && rip != s->step_rip))
		return rflags;
	return (rflags & ~(uint64_t)RFLAGS_TF) | (s->step_tf & RFLAGS_TF);
}

void stop_after_step(void)
{
	const struct stop *s = this_stop;
	uint16_t flags;

	/* if it has faulted this is the handler's stack, and nothing was pushed */
	if (s->step != STEP_DONE || s->step_insn != INSN_PUSHF || ctx.regs.rip == s->step_rip ||
	    this_vcpu->cpl != 3 || guest_read(ctx.regs.r[GPR_RSP], &flags, sizeof(flags), AS_USER))
		return;
	flags = (uint16_t)((flags & ~RFLAGS_TF) | (s->step_tf & RFLAGS_TF));
	guest_write(ctx.regs.r[GPR_RSP], &flags, sizeof(flags), AS_USER);
}
