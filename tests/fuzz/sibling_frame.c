// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling_frame.c - fuzzes the registers that a user sibling hands to its context.
 *
 * Input: the arguments of a hand-off, then what the user has written to the mailbox.
 * Must hold: nothing outside of the mailbox is read or written, and in it nothing but
 * the XSAVE image that is taken; loading that and the segments does not fault.
 */
#include "hosted.h"

#include "../../umvmm/monitor/context/sibling_frame.c"

uint64_t site_resume_rip(void)
{
	return ctx.regs.rip;
}

void sibling_order(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		   uint64_t f)
{
	if (nr != __NR_arch_prctl || (a != ARCH_SET_FS && a != ARCH_SET_GS) ||
	    b >= ADDRESS_SPACE_END || c || d || e || f)
		abort();
}

void signal_take_regs(const struct host_ucontext *uc)
{
	memcpy(&ctx.regs.r[GPR_R8], &uc->r8, 8 * sizeof(uint64_t));
	ctx.regs.rip = uc->rip;
	ctx.regs.rflags = uc->rflags;
}

static void take(struct sibling_box *box, const struct host_ucontext *uc)
{
	uint8_t *start = (uint8_t *)box, *fp, *before = malloc(SIBLING_SIZE);
	size_t from, to;

	memcpy(before, box, SIBLING_SIZE);
	if (uc)
		sibling_take_frame(box, uc);
	else
		sibling_take_gate(box);
	fp = ctx.fpstate;
	if (fp < start + SIBLING_FPU || (uintptr_t)fp % 64 ||
	    fp + image_size > start + SIBLING_SIZE)
		abort();
	hosted_xrstor(fp, ctx.xmask);
	from = (size_t)(fp - start);
	to = from + XSAVE_LEGACY + XSAVE_HEADER;
	if (memcmp(before, box, from) || memcmp(before + to, start + to, SIBLING_SIZE - to))
		abort();
	free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sibling_box *box;
	struct host_siginfo *si;
	struct host_ucontext *uc;
	uint64_t args[3];

	if (size < sizeof(args))
		return 0;
	memcpy(args, data, sizeof(args));
	ctx = (struct ctx){ .xmask = xsave_mask() };
	hosted_bases(args[0] & 1);
	if (!image_size) {
		hosted_map(UMVMM_VCPU_ADDR, VCPU_STRIDE);
		hosted_map(UMVMM_CONTEXTS, CONTEXTS_SIZE);
		sibling_frame_init();
	}
	/* a block of its own: one byte too far is found */
	box = aligned_alloc(64, SIBLING_SIZE);
	memset(box, 0, SIBLING_SIZE);
	sibling_put_frame(box);
	hosted_scribble((uint8_t *)box, SIBLING_SIZE, data + sizeof(args), size - sizeof(args), ~0u);
	if (sibling_find_frame(box, args, &si, &uc) == 0) {
		if ((uint8_t *)si < (uint8_t *)box + SIBLING_STACK ||
		    (uint8_t *)uc < (uint8_t *)box + SIBLING_STACK ||
		    (uint8_t *)(si + 1) > (uint8_t *)box + SIBLING_SIZE ||
		    (uint8_t *)(uc + 1) > (uint8_t *)box + SIBLING_SIZE)
			abort();
		take(box, uc);
	}
	take(box, NULL);
	free(box);
	return 0;
}
