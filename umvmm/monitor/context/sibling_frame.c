// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling_frame.c - the user's registers between a context and its sibling.
 *
 * Runs: monitor, in the context, while the sibling is stopped. Into the sibling
 * they go as a signal frame for rt_sigreturn, out of it as the frame of the
 * signal that stopped it, or as its gate has stored them.
 *
 * Must hold: user code may have written the mailbox, the signal stack included:
 * pointers are checked, an XSAVE image is mended before XRSTOR may fault on it. Of a
 * polled call it may do so at any time, as the host does not vouch that the sibling is
 * stopped: what is looked at is a copy.
 */
#include "context.h"
#include "cpu/cpu.h"
#include "debugger/stop.h"
#include "entry/registers.h"
#include "entry/signal.h"
#include "host.h"
#include "redirect/site.h"
#include "sibling.h"

#define XSAVE_LEGACY 512u
#define XSAVE_HEADER 64u
#define MXCSR_AT     24u
#define SW_BYTES_AT  464u
#define STACK_SIZE   (SIBLING_SIZE - SIBLING_STACK)
#define FPU_BYTES    (SIBLING_STACK - SIBLING_FPU)

struct sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size;
};

/* Bytes of an XSAVE image with the components that we save. */
static uint32_t image_size;

void sibling_frame_init(void)
{
	uint32_t i, eax, ebx, ecx, edx;

	image_size = XSAVE_LEGACY + XSAVE_HEADER;
	for (i = 2; i < 63; i++) {
		if (!(ctx.xmask >> i & 1))
			continue;
		__asm__ volatile("cpuid"
				 : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx)
				 : "a"(0xd), "c"(i));
		if (ebx + eax > image_size)
			image_size = ebx + eax;
	}
}

/* What would make XRSTOR fault: SDM vol. 1 13.8.1. */
static void mend(uint8_t *fp)
{
	uint64_t *header = (uint64_t *)(fp + XSAVE_LEGACY);
	int i;

	*(uint32_t *)(fp + MXCSR_AT) &= 0xffff;
	header[0] &= ctx.xmask;
	for (i = 1; i < 8; i++)
		header[i] = 0;
}

static void put_fpu(uint8_t *fp)
{
	struct sw_bytes *sw = (struct sw_bytes *)(fp + SW_BYTES_AT);

	xsave(fp, ctx.xmask);
	mend(fp);
	sw->magic1 = FP_XSTATE_MAGIC1;
	sw->extended_size = image_size + 4;
	sw->xfeatures = ctx.xmask;
	sw->xstate_size = image_size;
	*(uint32_t *)(fp + image_size) = FP_XSTATE_MAGIC2;
}

/* What the host will have in the user's FS and GS when it has run. */
static uint64_t next_fs, next_gs;

/*
 * Returns BIT if the sibling shall set this base. Until it is seen to have run it may have the
 * old one or this. A selector has a base of its own, 0, once the sibling has loaded it; a null
 * selector leaves that of the last user, on some CPUs.
 */
static uint32_t base_to_set(uint32_t bit, uint64_t *now, uint64_t *next, uint64_t *base,
			    uint16_t sel)
{
	*base = sel ? 0 : base_valid(*base);
	*next = sel ? SIBLING_BASE_UNKNOWN : *base;
	if (sel <= 3 && *now == *base)
		return 0;
	*now = SIBLING_BASE_UNKNOWN;
	return sel <= 3 ? bit : 0;
}

static void put_segments(struct sibling_box *box, const struct segments *from)
{
	struct vctx *me = &ctx_table->v[ctx.slot];
	struct segments seg = *from;

	box->set_bases = 0;
	if (bases_by_call)
		box->set_bases = base_to_set(1, &me->user_fs, &next_fs, &seg.fs_base, seg.fs) |
				 base_to_set(2, &me->user_gs, &next_gs, &seg.gs_base, seg.gs);
	box->seg = seg;
}

void sibling_bases_set(void)
{
	struct vctx *me = &ctx_table->v[ctx.slot];

	if (!bases_by_call)
		return;
	me->user_fs = next_fs;
	me->user_gs = next_gs;
}

/* Without FSGSBASE the bases are ours, unless the user has loaded selectors. */
static void take_segments(const struct segments *seg)
{
	struct vctx *me = &ctx_table->v[ctx.slot];

	if (!bases_by_call) {
		segments_load(seg);
		return;
	}
	selectors_load(seg);
	if (seg->fs)
		me->user_fs = SIBLING_BASE_UNKNOWN;
	if (seg->gs)
		me->user_gs = SIBLING_BASE_UNKNOWN;
}

void sibling_put_frame(struct sibling_box *box)
{
	struct host_ucontext *uc = (void *)((uint8_t *)box + SIBLING_FRAME);
	const struct regs *g = &ctx.regs;
	struct segments seg;

	segments_save(&seg);
	put_segments(box, &seg);
	put_fpu((uint8_t *)box + SIBLING_FPU);
	uc->flags = UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	uc->link = 0;
	uc->ss_sp = UMVMM_SIBLING + SIBLING_STACK;
	uc->ss_flags = SS_AUTODISARM;
	uc->ss_size = STACK_SIZE;
#define PUT(n, name) uc->name = g->r[n];
	ALL_REGISTERS(PUT)
#undef PUT
	uc->rip = site_resume_rip();
	uc->rflags = (g->rflags & RFLAGS_REAL) | RFLAGS_FIXED | RFLAGS_IF | stop_real_tf();
	uc->cs = (uint16_t)ctx.user_cs;
	uc->gs = uc->fs = 0;
	uc->ss = HOST_SS;
	uc->fpstate = UMVMM_SIBLING + SIBLING_FPU;
	uc->sigmask = 0;
}

/* An address on the sibling's signal stack, where we see it; null if it is not there. */
static void *on_stack(struct sibling_box *box, uint64_t addr, uint64_t len, uint64_t align)
{
	uint64_t off = addr - UMVMM_SIBLING;

	if (off < SIBLING_STACK || off > SIBLING_SIZE || len > SIBLING_SIZE - off || off % align)
		return 0;
	return (uint8_t *)box + off;
}

int sibling_find_frame(struct sibling_box *box, const uint64_t *args, struct host_siginfo **si,
		       struct host_ucontext **uc)
{
	*si = on_stack(box, args[1], sizeof(**si), 8);
	*uc = on_stack(box, args[2], sizeof(**uc), 8);
	return *si && *uc && on_stack(box, (*uc)->fpstate, image_size, 64) ? 0 : -1;
}

void sibling_take_frame(struct sibling_box *box, const struct host_ucontext *uc)
{
	uint8_t *fp = on_stack(box, uc->fpstate, image_size, 64);

	mend(fp);
	signal_take_regs(uc);
	ctx.fpstate = fp;
	take_segments(&box->seg);
}

void sibling_take_gate(struct sibling_box *box)
{
	uint8_t *fp = (uint8_t *)box + SIBLING_FPU;

	mend(fp);
	ctx.regs = box->regs;
	ctx.fpstate = fp;
	take_segments(&box->seg);
}

/* Of a polled call: the FPU's state as it came, and as it is to go back; selectors. */
static uint8_t fpu_then[FPU_BYTES] __attribute__((aligned(64)));
static uint8_t fpu_now[FPU_BYTES] __attribute__((aligned(64)));
static struct segments seg_then;

/* What is behind the components in use is never looked at. */
static void copy_out(void *to, const volatile void *from, uint32_t len)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
}

void sibling_take_call(const struct sibling_box *box)
{
	copy_out(&ctx.regs, &box->regs, sizeof(ctx.regs));
	copy_out(&seg_then, &box->seg, sizeof(seg_then));
	copy_out(fpu_now, (const uint8_t *)box + SIBLING_FPU, image_size);
	mend(fpu_now);
	xrstor(fpu_now, ctx.xmask);
	xsave(fpu_then, ctx.xmask); /* as XSAVE writes it, for a comparison */
	ctx.fpstate = 0;
	take_segments(&seg_then);
	/* what is loaded: selectors that no user can have are gone */
	segments_save(&seg_then);
}

/* 1 if the FPU has what it had when the call was taken. */
static int same_fpu(void)
{
	const uint64_t *a = (const uint64_t *)fpu_then, *b = (const uint64_t *)fpu_now;
	uint32_t i;

	xsave(fpu_now, ctx.xmask);
	for (i = 0; i < image_size / 8; i++)
		if (a[i] != b[i] && (i < SW_BYTES_AT / 8 || i >= XSAVE_LEGACY / 8))
			return 0;
	return 1;
}

/* In the user's registers there is nothing that only rt_sigreturn, or an order, can load. */
static int fits_word(const struct segments *seg)
{
	if (ctx.user_cs != HOST_CS || site_resume_rip() >= ADDRESS_SPACE_END ||
	    (ctx.regs.rflags & (RFLAGS_TF | RFLAGS_RF | RFLAGS_NT | RFLAGS_AC)) || stop_real_tf())
		return 0;
	if (seg->ds != seg_then.ds || seg->es != seg_then.es || seg->fs != seg_then.fs ||
	    seg->gs != seg_then.gs)
		return 0;
	return !bases_by_call || (!seg->fs && !seg->gs);
}

int sibling_put_answer(struct sibling_box *box)
{
	struct segments seg;

	segments_save(&seg);
	if (!fits_word(&seg))
		return -1;
	put_segments(box, &seg);
	box->keep_fpu = (uint32_t)same_fpu();
	if (!box->keep_fpu)
		put_fpu((uint8_t *)box + SIBLING_FPU);
	box->regs = ctx.regs;
	box->regs.rip = site_resume_rip();
	box->regs.rflags = (ctx.regs.rflags & RFLAGS_REAL) | RFLAGS_FIXED | RFLAGS_IF;
	return 0;
}
