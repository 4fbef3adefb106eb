// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * context.c - a vCPU's contexts: the zygote, hand-offs, and what sleeps missed.
 *
 * Runs: monitor, in the zygote and in every context. Exactly one context of a
 * vCPU runs at a time; the others sleep on their `turn`. So the vCPU's area
 * needs no lock.
 *
 * Must hold: what runs guest code cannot fork: its death would depend on that fork's will.
 * A context applies what was flushed while it slept before it runs
 * guest code. Whoever gives up the vCPU abandons its stack: everything that
 * goes on is in the hand-off area.
 */
#include "context.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/smp.h"
#include "debugger/watch.h"
#include "host.h"
#include "mmu/mmu.h"
#include "mmu/prefill.h"
#include "paravirt/trust.h"
#include "redirect/site.h"
#include "report/report.h"
#include "sibling.h"
#include "zygote.h"

struct ctx ctx;

/* Zeros, for NO_FILES_LIMIT. */
static const struct rlimit no_files __attribute__((section(".no_files"), used));

/* As the first process has found it, which had asked before; forks keep it. */
static int32_t manager;
static int knows_manager;

void die_with_manager(void)
{
	int32_t parent;

	host_prctl(PR_SET_PDEATHSIG, SIGKILL);
	parent = host_getppid();
	if (knows_manager && parent != manager) /* it has died before we asked */
		host_exit_group(1);
	manager = parent;
	knows_manager = 1;
}

/* Whatever guest code makes of this process. */
static void never_fork(void)
{
	long ret = host_setrlimit(RLIMIT_NOFILE, (const struct rlimit *)NO_FILES_LIMIT);

	if (ret < 0)
		host_refused("setrlimit of a context: error %d", ret);
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

void context_another_space(void)
{
	sibling_another_space();
	mmu_flush_user();
	site_another_space();
}

/* Flushes that happened while this context slept. */
static void catch_up(struct vctx *me)
{
	struct vcpu_contexts *a = vcpu_area;

	if (me->stale || me->stale_seen != a->stale_gen) {
		me->stale = 0;
		me->stale_seen = a->stale_gen;
		context_another_space();
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

/* A slot as somebody has written it down, perhaps the guest. */
static struct vctx *slot_at(uint32_t slot)
{
	return &ctx_table->v[slot % VCTX_COUNT];
}

/* The order of their last turns: a list by slot numbers, both ends in the table. */
static void link_newest(uint32_t slot)
{
	struct context_table *t = ctx_table;

	t->v[slot].older = t->newest;
	t->v[slot].newer = (uint16_t)slot;
	if (vcpu_area->made > 1)
		slot_at(t->newest)->newer = (uint16_t)slot;
	else
		t->oldest = (uint16_t)slot;
	t->newest = (uint16_t)slot;
}

static void move_to_newest(uint32_t slot)
{
	struct context_table *t = ctx_table;
	struct vctx *v = &t->v[slot];

	if (t->newest == slot)
		return;
	if (t->oldest == slot)
		t->oldest = v->newer;
	else
		slot_at(v->older)->newer = v->newer;
	slot_at(v->newer)->older = v->older;
	link_newest(slot);
}

/* Sleep until it is our turn, then run the guest from the hand-off area. */
static void wait_and_run(void) __attribute__((noreturn));
static void wait_and_run(void)
{
	struct vcpu_contexts *a = vcpu_area;
	struct vctx *me = &ctx_table->v[ctx.slot];
	struct vcpu *v = this_vcpu;

	while (!__atomic_load_n(&me->turn, __ATOMIC_ACQUIRE))
		host_futex_wait(&me->turn, 0, NULL);
	me->turn = 0;
	a->running = ctx.slot;
	move_to_newest(ctx.slot);
	context_publish(me->pid, me->kick_fd);
	trust_enter();
	catch_up(me);
	context_load(&a->hand);
	debug_sync();
	if (v->state == VCPU_OFF)
		smp_wait_for_sipi();
	resume_prepare();
	resume();
}

static void wake(uint32_t slot)
{
	struct vctx *v = slot_at(slot);

	__atomic_store_n(&v->turn, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&v->turn);
}

uint32_t context_limit(void)
{
	uint32_t n = vm_page->contexts;

	return n < 2 ? 2 : n < VCTX_COUNT ? n : VCTX_COUNT;
}

/* The context that ran longest ago is that of a PCID from now on. */
static uint32_t recycle(unsigned int pcid, int trusted)
{
	struct context_table *t = ctx_table;
	uint32_t slot = t->oldest % VCTX_COUNT;
	struct vctx *v = &t->v[slot];

	if (v->state != VCTX_LIVE)
		guest_fault("the table of contexts is damaged: slot %d is free", (uint64_t)slot);
	if (t->slot[v->pcid % PCID_COUNT] == slot + 1)
		t->slot[v->pcid % PCID_COUNT] = 0;
	t->slot[pcid] = (uint16_t)(slot + 1);
	v->pcid = pcid;
	v->stale = 1;
	v->trusted = (uint16_t)trusted;
	this_vcpu->stats.context_recycle++;
	return slot;
}

/*
 * Slots are asked for one after the other, unless the guest writes into our table. Here
 * that is remembered where the guest cannot write: the zygote never runs it.
 */
static struct {
	uint32_t made, most;
} own;

/*
 * A process for a new context. When the host has no more, there are enough contexts, but for
 * the first: whoever has asked is asleep, and so are all others.
 */
static void make_context(void)
{
	struct vcpu_contexts *a = vcpu_area;
	uint32_t slot = own.made;
	struct vctx *v = &ctx_table->v[slot];
	long pid;

	ctx.regs.rip = a->hand.regs.rip;
	if (a->zygote_slot != slot || slot >= own.most)
		guest_fault("the table of contexts is damaged: slot %d is asked for",
			    (uint64_t)a->zygote_slot);
	prefill();
	pid = host_clone(CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD, &v->kick_fd);
	if (pid == 0) {
		die_with_manager();
		never_fork();
		ctx.slot = slot;
		v->pid = host_getpid();
		wait_and_run();
	}
	if (pid > 0) {
		own.made++;
		return;
	}
	if (!slot)
		host_refused("a process for a context (ulimit -u, -n?): error %d", pid);
	monitor_log("vCPU %d: the host has no process for context %d: error %d",
		    (uint64_t)this_vcpu->index, (uint64_t)slot, pid);
	a->made = a->most = own.most = slot;
	ctx_table->newest = v->older;
	this_vcpu->stats.context_fork--;
	ctx_table->slot[v->pcid % PCID_COUNT] = 0;
	v->state = VCTX_FREE;
	v->turn = 0;
	wake(recycle(v->pcid % PCID_COUNT, v->trusted));
}

/* The next slot becomes a PCID's context, which runs when the zygote has made it. */
static void prepare(unsigned int pcid, int trusted)
{
	struct vcpu_contexts *a = vcpu_area;
	uint32_t slot = a->made++ % VCTX_COUNT;
	struct vctx *v = &ctx_table->v[slot];

	ctx_table->slot[pcid] = (uint16_t)(slot + 1);
	v->state = VCTX_LIVE;
	v->pcid = pcid;
	v->stale = 0;
	v->trusted = (uint16_t)trusted;
	v->stale_seen = a->stale_gen;
	v->kflush_seen = a->kflush_gen;
	v->turn = 1;
	link_newest(slot);
	a->zygote_slot = slot;
	this_vcpu->stats.context_fork++;
}

/* The zygote: an empty address space with everything of the monitor in place. */
void zygote_start(void)
{
	struct vcpu_contexts *a = vcpu_area;

	own.most = context_limit();
	prepare(0, 0);
	for (make_context();; make_context()) {
		while (!__atomic_load_n(&a->zygote_turn, __ATOMIC_ACQUIRE))
			host_futex_wait(&a->zygote_turn, 0, NULL);
		a->zygote_turn = 0;
	}
}

static void ask_zygote(unsigned int pcid, int trusted)
{
	struct vcpu_contexts *a = vcpu_area;

	prepare(pcid, trusted);
	__atomic_store_n(&a->zygote_turn, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&a->zygote_turn);
}

/* A PCID's context, or null. */
static struct vctx *context_of(unsigned int pcid)
{
	uint32_t slot = ctx_table->slot[pcid % PCID_COUNT];

	if (!slot || slot > VCTX_COUNT || ctx_table->v[slot - 1].state != VCTX_LIVE)
		return 0;
	return &ctx_table->v[slot - 1];
}

void context_switch(unsigned int pcid, int flush, int trusted)
{
	struct vcpu_contexts *a = vcpu_area;
	struct vctx *next = context_of(pcid);

	this_vcpu->stats.handoff++;
	sibling_leave();
	watch_close(); /* the next one's pages are others */
	context_save(&a->hand);
	if (next) {
		if (flush)
			next->stale = 1;
		next->trusted = (uint16_t)trusted;
		wake((uint32_t)(next - ctx_table->v));
	} else if (a->made < (a->most ? a->most : context_limit())) {
		ask_zygote(pcid, trusted);
	} else {
		wake(recycle(pcid, trusted));
	}
	wait_and_run();
}

void context_restart(void)
{
	struct context_table *t = ctx_table;
	struct vctx *me = &t->v[ctx.slot], *first = context_of(0);

	t->slot[me->pcid % PCID_COUNT] = 0;
	if (first && first != me) {
		first->pcid = me->pcid;
		t->slot[me->pcid % PCID_COUNT] = (uint16_t)(first - t->v + 1);
	}
	me->pcid = 0;
	t->slot[0] = (uint16_t)(ctx.slot + 1);
	mmu_flush_everything();
}

void context_others_stale(void)
{
	ctx_table->v[ctx.slot].stale_seen = ++vcpu_area->stale_gen;
}

void context_invpcid(uint64_t type, unsigned int pcid, uint64_t va)
{
	unsigned int current = (unsigned int)(this_vcpu->cr3 & 0xfff);
	struct vctx *other;

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
		other = context_of(pcid);
		if (other)
			other->stale = 1;
		return;
	case 2:
		mmu_flush_everything();
		return;
	default:
		mmu_flush_user();
		context_others_stale();
	}
}
