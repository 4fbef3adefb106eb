// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * context.c - a vCPU's contexts: the zygote, hand-offs, and what sleeps missed.
 *
 * Runs: monitor, in the zygote and in every context. Exactly one context of a
 * vCPU runs at a time; the others sleep on their `turn`. So the vCPU's area
 * needs no lock.
 *
 * Must hold: a context applies what was flushed while it slept before it runs
 * guest code. Whoever gives up the vCPU abandons its stack: everything that
 * goes on is in the hand-off area.
 */
#include "context.h"
#include "cpu.h"
#include "debug.h"
#include "guest.h"
#include "host.h"
#include "mmu.h"
#include "prefill.h"
#include "smp.h"
#include "zygote.h"


struct ctx ctx;

void die_with_manager(void)
{
	host_call(HOST_NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
}

void context_save(struct handoff *h)
{
	if (ctx.fpstate)
		xrstor(ctx.fpstate, ctx.xmask);
	ctx.fpstate = 0;
	xsave(fpu_area, ctx.xmask);
	h->regs = ctx.regs;
	segments_save(&h->seg);
}

void context_load(const struct handoff *h)
{
	segments_load(&h->seg);
	ctx.regs = h->regs;
	xrstor(fpu_area, ctx.xmask);
	ctx.fpstate = 0;
}

void context_publish(int32_t pid, int32_t kick_fd)
{
	this_vcpu->kick_fd = kick_fd;
	__atomic_store_n(&this_vcpu->run_pid, pid, __ATOMIC_SEQ_CST);
}

/* Flushes that happened while this context slept. */
static void catch_up(struct vctx *me)
{
	struct vcpu_contexts *a = vcpu_area;

	if (me->stale) {
		me->stale = 0;
		mmu_flush_user();
	}
	if (a->kflush_gen - me->kflush_seen > KFLUSH_LOG) {
		mmu_flush_kernel();
		me->kflush_seen = a->kflush_gen;
	}
	for (; me->kflush_seen != a->kflush_gen; me->kflush_seen++) {
		const struct kflush *f = &a->kflush[me->kflush_seen % KFLUSH_LOG];

		mmu_flush_range(f->start, f->end);
	}
}

/* Sleep until it is our turn, then run the guest from the hand-off area. */
static void wait_and_run(void) __attribute__((noreturn));
static void wait_and_run(void)
{
	struct vcpu_contexts *a = vcpu_area;
	struct vctx *me = &a->v[ctx.slot];
	struct vcpu *v = this_vcpu;

	while (!__atomic_load_n(&me->turn, __ATOMIC_ACQUIRE))
		host_futex_wait(&me->turn, 0, 0);
	me->turn = 0;
	a->running = ctx.slot;
	me->last_run = ++a->clock;
	context_publish(me->pid, me->kick_fd);
	catch_up(me);
	context_load(&a->hand);
	debug_sync();
	if (v->state == VCPU_OFF)
		smp_wait_for_sipi();
	resume_prepare();
	resume();
}

/*
 * No slot is ever asked for twice, unless the guest writes into our table. Here
 * it is remembered where the guest cannot write: the zygote never runs it.
 */
static void fork_once(uint32_t slot)
{
	static uint64_t forked;

	_Static_assert(VCTX_COUNT == 64, "one bit each");
	ctx.regs.rip = vcpu_area->hand.regs.rip;
	if (forked >> slot & 1)
		guest_fault("the table of contexts is damaged: slot %d is in use", (uint64_t)slot);
	forked |= 1ull << slot;
}

/* The zygote: an empty address space with everything of the monitor in place. */
void zygote_start(void)
{
	struct vcpu_contexts *a = vcpu_area;

	for (;;) {
		struct vctx *v;
		uint32_t slot;
		long pid;

		while (!__atomic_load_n(&a->zygote_turn, __ATOMIC_ACQUIRE))
			host_futex_wait(&a->zygote_turn, 0, 0);
		a->zygote_turn = 0;
		slot = a->zygote_slot % VCTX_COUNT;
		v = &a->v[slot];
		fork_once(slot);
		prefill();
		pid = host_call(HOST_NR_clone, CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD,
				0, (long)&v->kick_fd, 0, 0, 0);
		if (pid < 0)
			host_refused("a process for a context (ulimit -u, -n?): error %d", pid);
		if (pid == 0) {
			die_with_manager();
			ctx.slot = slot;
			v->pid = (int32_t)host_call(HOST_NR_getpid, 0, 0, 0, 0, 0, 0);
			wait_and_run();
		}
	}
}

/* The slot of a PCID; a free one, or that which ran longest ago, becomes it. */
static uint32_t slot_of(unsigned int pcid)
{
	struct vcpu_contexts *a = vcpu_area;
	uint32_t i, oldest = VCTX_COUNT;

	for (i = 0; i < VCTX_COUNT; i++) {
		if (a->v[i].state == VCTX_LIVE && a->v[i].pcid == pcid)
			return i;
	}
	for (i = 0; i < VCTX_COUNT; i++) {
		if (a->v[i].state == VCTX_FREE)
			return i;
		if (i != ctx.slot &&
		    (oldest == VCTX_COUNT || a->v[i].last_run < a->v[oldest].last_run))
			oldest = i;
	}
	a->v[oldest].pcid = pcid;
	a->v[oldest].stale = 1;
	return oldest;
}

/* Ask the zygote to fill a slot and give the vCPU to it. */
void context_create(uint32_t slot, unsigned int pcid)
{
	struct vcpu_contexts *a = vcpu_area;
	struct vctx *v = &a->v[slot];

	v->state = VCTX_LIVE;
	v->pcid = pcid;
	v->stale = 0;
	v->kflush_seen = a->kflush_gen;
	v->turn = 1;
	a->zygote_slot = slot;
	this_vcpu->stats.context_fork++;
	__atomic_store_n(&a->zygote_turn, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&a->zygote_turn);
}

void context_switch(unsigned int pcid, int flush)
{
	struct vcpu_contexts *a = vcpu_area;
	uint32_t slot = slot_of(pcid);
	struct vctx *next = &a->v[slot];

	this_vcpu->stats.handoff++;
	context_save(&a->hand);
	if (next->state == VCTX_FREE) {
		context_create(slot, pcid);
	} else {
		if (flush)
			next->stale = 1;
		__atomic_store_n(&next->turn, 1, __ATOMIC_SEQ_CST);
		host_futex_wake(&next->turn);
	}
	wait_and_run();
}

void context_others_stale(void)
{
	unsigned int i;

	for (i = 0; i < VCTX_COUNT; i++)
		if (i != ctx.slot)
			vcpu_area->v[i].stale = 1;
}

void context_invpcid(uint64_t type, unsigned int pcid, uint64_t va)
{
	struct vcpu_contexts *a = vcpu_area;
	unsigned int current = (unsigned int)(this_vcpu->cr3 & 0xfff), i;

	switch (type) {
	case 0:
		if (pcid == current) {
			mmu_invlpg(va);
			return;
		}
		__attribute__((fallthrough)); /* more than asked is allowed */
	case 1:
		if (pcid == current) {
			mmu_flush_user();
			return;
		}
		for (i = 0; i < VCTX_COUNT; i++)
			if (a->v[i].state == VCTX_LIVE && a->v[i].pcid == pcid)
				a->v[i].stale = 1;
		return;
	case 2:
		mmu_flush_everything();
		return;
	default:
		mmu_flush_user();
		context_others_stale();
	}
}
