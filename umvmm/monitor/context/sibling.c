// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling.c - a context runs its user sibling, and gives it orders.
 *
 * Runs: monitor, in a context. A sibling hands off by a system call, which seccomp
 * reports to the sibling's listener. Answering it lets the sibling go on. Each has a
 * listener of its own: the host walks all that wait at one, for each hand-off.
 *
 * Must hold: while the sibling runs, kicks go to it; the context looks at
 * `pending` after it has said so. An order is carried out before the user runs
 * again, or the VM ends. User code can make any hand-off: with none can it have
 * other orders carried out, end the VM, or keep the vCPU. While ctx.away is set the
 * sibling may run user code whatever it says, beside the guest kernel, with the mappings
 * that it has; nobody relies on less: sibling_rest().
 */
#include "context.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "debugger/stop.h"
#include "devices/apic.h"
#include "entry/signal.h"
#include "host.h"
#include "mmu/runs.h"
#include "redirect/site.h"
#include "report/report.h"
#include "sibling.h"

#define GATE_STOPS 8u /* a kick, and single steps: more than user code can have in one gate */

extern char sibling_site_gate[], sibling_saved[], sibling_spin[], sibling_spin_end[],
	sibling_enter[], sibling_gate_end[], sibling_resume[], sibling_resume_end[], sibling_go[],
	sibling_go_end[];

/* What ends a run of the user. */
enum run_end {
	RUN_STOPPED,
	RUN_RESTARTED, /* it has not run; its orders stand */
	RUN_CALLED     /* a polled call: ctx.away */
};

/* What the sibling shall do before the user runs again; copied to the mailbox each time. */
static struct {
	uint32_t n;
	struct sibling_op op[SIBLING_OPS];
} orders;

static struct vctx *me(void)
{
	return &ctx_table->v[ctx.slot];
}

void sibling_wait(void)
{
	struct vctx *v = me();
	struct seccomp_notif n;
	long ret;

	do {
		n = (struct seccomp_notif){ 0 };
		ret = host_notif_recv(v->listener, &n);
	} while (ret == -EINTR || ret == -ENOENT); /* a kick; or its sender was interrupted */
	if (ret < 0)
		monitor_bug("a sibling's listener fails: error %d", ret);
	v->user_id = n.id;
	v->user_arg[0] = n.data.args[0];
	v->user_arg[1] = n.data.args[1];
	v->user_arg[2] = n.data.args[2];
	v->user_cookie = (n.data.args[3] & ~0xffffffffull) | n.data.args[4] >> 32;
}

/* It says so, and has not come from user code. */
static int says(int64_t reason)
{
	return (int64_t)me()->user_arg[0] == reason &&
	       me()->user_cookie == vm_page->sibling_cookie;
}

/* 0, or -ENOENT: a kick has ended that hand-off, the sibling will make another. */
static long answer(uint64_t id)
{
	const struct seccomp_notif_resp a = { .id = id, .val = (int64_t)vm_page->sibling_cookie };
	long ret = host_notif_send(me()->listener, &a);

	if (ret < 0 && ret != -ENOENT)
		monitor_bug("a sibling cannot be answered: error %d", ret);
	return ret;
}

/* Does it map, unmap or protect pages of a user's, not our tables of call sites? */
static int is_user_mapping(const struct sibling_op *op)
{
	switch ((int64_t)op->nr) {
	case __NR_mmap:
	case __NR_munmap:
	case __NR_mprotect:
		return op->arg[0] < UMVMM_WINDOW_START || op->arg[0] >= UMVMM_WINDOW_END;
	}
	return 0;
}

/* Since the last time that all orders were carried out. */
static unsigned int flushed_for_room;

/*
 * mprotect of a run that is partly unmapped: the rest may go, too. A DEBUG_CALL, which
 * stands alone: nobody traces the sibling, or no more, as a kick has restarted it. A change
 * of host CPUs, which stands alone, too: they have gone meanwhile.
 */
static void refused(void)
{
	uint64_t i = me()->user_arg[1];
	int64_t error = (int64_t)me()->user_arg[2];
	uint32_t n = 0;

	if (i >= orders.n)
		monitor_bug("a sibling reports order %d", i);
	if (orders.op[i].nr == __NR_sched_setaffinity)
		sibling_poll_refused();
	if (orders.op[i].nr == DEBUG_CALL || orders.op[i].nr == __NR_sched_setaffinity) {
		orders.n = 0; /* there are no others */
		return;
	}
	if (error != -ENOMEM || !is_user_mapping(&orders.op[i]) ||
	    (orders.op[i].nr != __NR_mprotect && flushed_for_room++ > 0))
		host_refused("a mapping for guest user code (vm.max_map_count?): error %d", error);
	if (orders.op[i].nr == __NR_mprotect) {
		orders.op[i].nr = __NR_munmap;
		while (i < orders.n)
			orders.op[n++] = orders.op[i++];
		orders.n = n;
		return;
	}
	/* no room for one piece more: a TLB may lose all; what is not a user's page stays */
	for (; i < orders.n; i++)
		if (!is_user_mapping(&orders.op[i]))
			orders.op[n++] = orders.op[i];
	orders.n = n;
	sibling_order_flush();
}

/*
 * It waits in its hand-off, so nobody writes there. Orders that were not carried out are
 * the last address space's, too: its pages, tables and bases.
 */
void sibling_another_space(void)
{
	struct sibling_box *box = sibling_box(ctx.slot);
	uint64_t *word = (uint64_t *)box;

	if (!me()->user_pid || !(me()->user_ran || orders.n))
		return;
	sibling_rest();
	me()->user_ran = 0;
	me()->user_fs = me()->user_gs = SIBLING_BASE_UNKNOWN;
	orders.n = 0;
	sibling_order_birth(); /* no address space's, and due whatever comes first */
	sibling_order_flush();
	while (word < (uint64_t *)((uint8_t *)box + SIBLING_SIZE))
		*word++ = 0;
	box->xmask = ctx.xmask;
}

/* Where in its monitor's text a sibling stopped. */
static int in(uint64_t rip, const char *start, const char *end)
{
	return rip >= (uintptr_t)start && rip < (uintptr_t)end;
}

/*
 * A kick between the answer and the user, as a sibling that was at its gate takes
 * kicks there. The user has not run: all is to be done once more, with what is
 * still in this context. The cookie must not stay in the signal's frame.
 */
static int restarted(struct sibling_box *box)
{
	struct host_siginfo *si;
	struct host_ucontext *uc;

	if (me()->user_arg[0] != SIGUSR1 || sibling_find_frame(box, me()->user_arg, &si, &uc))
		return 0;
	if (in(uc->rip, sibling_resume, sibling_resume_end) ||
	    (in(uc->rip, sibling_enter, sibling_gate_end) && (int64_t)uc->rdi < 0)) {
		*uc = (struct host_ucontext){ 0 };
		return 1;
	}
	return 0;
}

/*
 * It gets a kick, which user code cannot keep off, whether it says that it waits or not. What
 * it hands off with does not count: we have its registers, of a call.
 */
void sibling_rest(void)
{
	struct sibling_box *box = sibling_box(ctx.slot);

	if (!ctx.away)
		return;
	ctx.away = 0; /* if we fail here the VM ends, and that comes here, too */
	host_pidfd_send_signal(me()->user_kick_fd, SIGUSR1);
	sibling_wait();
	restarted(box);
	sibling_poll_end(box, 0);
}

void sibling_leave(void)
{
	sibling_rest();
	sibling_poll.row = 0;
}

static void put_orders(struct sibling_box *box)
{
	uint32_t i;

	for (i = 0; i < orders.n; i++)
		box->op[i] = orders.op[i];
	box->nops = orders.n;
}

static void carried_out(void)
{
	this_vcpu->stats.sibling_op += orders.n;
	orders.n = 0;
	me()->user_born = 0;
	flushed_for_room = 0;
}

/*
 * Lets the sibling go on until it hands off for another reason than a failed order, or, if it
 * shall be polled for, makes a call. The words of the mailbox are reset while it is stopped:
 * only user code that has run since can say that there is a call, and then all orders have
 * been carried out, and no register of its holds the cookie.
 */
static enum run_end run_until_stop(struct sibling_box *box, int poll)
{
	for (;;) {
		put_orders(box);
		do {
			sibling_poll_reset(box);
			if (!answer(me()->user_id))
				break;
			sibling_wait();
			restarted(box); /* what is in its frame is of no use, and no user's */
		} while (1);
		if (poll && sibling_poll_call(box)) {
			carried_out();
			return RUN_CALLED;
		}
		poll = 0;
		sibling_wait();
		if (!says(SIBLING_FAILED))
			break;
		refused();
	}
	if (restarted(box))
		return RUN_RESTARTED;
	carried_out();
	return RUN_STOPPED;
}

/* It has handed off without having seen our last word: patience ended, or a kick came. */
static int missed_answer(struct sibling_box *box)
{
	int called = sibling_poll_called(box);
	struct host_siginfo *si;
	struct host_ucontext *uc;

	if (me()->user_arg[0] == SIBLING_SYSCALL)
		return !called;
	if (me()->user_arg[0] != SIGUSR1 || sibling_find_frame(box, me()->user_arg, &si, &uc))
		return 0;
	return in(uc->rip, sibling_go, sibling_go_end) ||
	       (!called && in(uc->rip, sibling_spin, sibling_gate_end));
}

/* The same, of a sibling that polls for an answer by word, which is in the mailbox. */
static enum run_end run_by_word(struct sibling_box *box)
{
	sibling_poll_answer(box);
	if (!sibling_poll_call(box)) {
		sibling_wait();
		ctx.away = 0;
		if (restarted(box) || missed_answer(box))
			return RUN_RESTARTED;
	}
	return ctx.away ? RUN_CALLED : RUN_STOPPED;
}

/* Carry out what was ordered; the user does not run. */
static void run_orders(struct sibling_box *box)
{
	box->again = 1;
	while (run_until_stop(box, 0) == RUN_RESTARTED)
		;
	if (!says(SIBLING_DONE))
		guest_fault("user code broke into its sibling: stop %x", me()->user_arg[0]);
}

void sibling_order(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		   uint64_t f)
{
	struct sibling_op *op;

	if (!me()->user_pid) /* nothing is mapped there yet */
		return;
	/* a flush counts from now on */
	sibling_rest();
	if (orders.n >= SIBLING_OPS - 3) /* three more for refused() */
		run_orders(sibling_box(ctx.slot));
	if (nr == __NR_mmap || nr == __NR_munmap)
		site_unmapped(a, b);
	op = &orders.op[orders.n++];
	op->nr = nr;
	op->arg[0] = a;
	op->arg[1] = b;
	op->arg[2] = c;
	op->arg[3] = d;
	op->arg[4] = e;
	op->arg[5] = f;
}

void sibling_order_flush(void)
{
	runs_clear(&sibling_runs);
	sibling_munmap(0, UMVMM_WINDOW_START);
	sibling_munmap(UMVMM_WINDOW_END, UMVMM_RANGE_START - UMVMM_WINDOW_END);
	sibling_munmap(UMVMM_RANGE_END, ADDRESS_SPACE_END - UMVMM_RANGE_END);
}

uint64_t sibling_call(uint64_t failed, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		      uint64_t e, uint64_t f)
{
	struct sibling_box *box = sibling_box(ctx.slot);

	sibling_rest();
	if (orders.n)
		run_orders(box);
	sibling_order(nr, a, b, c, d, e, f);
	orders.op[0].result = (int64_t)failed;
	run_orders(box);
	return (uint64_t)box->op[0].result;
}

/* Can user code meet this? A frame of its own making may say anything. */
static int is_users(int sig, uint64_t trap)
{
	static const uint32_t traps[] = {
		[SIGSEGV] = 1u << VEC_OF | 1u << VEC_BR | 1u << VEC_TS | 1u << VEC_NP |
			    1u << VEC_SS | 1u << VEC_GP | 1u << VEC_PF,
		[SIGBUS] = 1u << VEC_NP | 1u << VEC_SS | 1u << VEC_PF | 1u << VEC_AC,
		[SIGFPE] = 1u << VEC_DE | 1u << VEC_MF | 1u << VEC_XM,
	};

	if (sig != SIGSEGV && sig != SIGBUS && sig != SIGFPE)
		return 1;
	return trap < 32 && (traps[sig] >> trap & 1);
}

/* All registers are in the mailbox. */
static void gate_call(struct sibling_box *box) __attribute__((noreturn));
static void gate_call(struct sibling_box *box)
{
	stop_progress();
	sibling_take_gate(box);
	redirect_gated();
	resume_from_signal();
}

/* What stopped the user. Returns when that was in the gate, where it is to go on. */
static void stopped(struct sibling_box *box)
{
	const uint64_t *args = me()->user_arg;
	int sig = (int)args[0];
	struct host_siginfo *si;
	struct host_ucontext *uc;

	sibling_poll_end(box, args[0] == SIBLING_SYSCALL);
	if (args[0] == SIBLING_SYSCALL)
		gate_call(box);
	if (args[0] > 64 || sibling_find_frame(box, args, &si, &uc) || !is_users(sig, uc->trapno)) {
		/* made by user code: it has no better registers than those it had */
		stop_progress();
		inject_exception(VEC_GP, 0);
		resume_from_signal();
	}
	if ((sig == SIGUSR1 || sig == SIGTRAP) && !is_32bit(uc) &&
	    in(uc->rip, sibling_site_gate, sibling_gate_end)) {
		/*
		 * It is about to make a system call; perhaps single-stepped into the gate. If not
		 * all registers are saved yet it will be with us soon, or it has lied; else user
		 * code that has come here itself might poll for ever.
		 */
		if (in(uc->rip, sibling_saved, sibling_spin_end))
			gate_call(box);
		sibling_take_frame(box, uc);
		stop_progress();
		ctx.regs.rflags &= ~(uint64_t)RFLAGS_TF;
		return;
	}
	if (in(uc->rip, sibling_resume, sibling_resume_end)) {
		/* user code came here: nothing of what it finds may be learnt from it */
		*uc = (struct host_ucontext){ .rip = (uintptr_t)sibling_resume,
					      .trapno = VEC_GP,
					      .fpstate = uc->fpstate };
		sig = SIGSEGV;
	}
	sibling_take_frame(box, uc);
	if (site_leave_stub() && sig == SIGTRAP) { /* a step ended at our jump */
		site_drop();
		resume_from_signal();
	}
	signal_from_guest(sig, si, uc);
	resume_from_signal();
}

/*
 * ctx.regs into the mailbox, for an answer by word if ctx.away still says so, else by the host.
 * What that may take of orders is done while kicks are still this context's: one that the
 * sibling gets then would be lost.
 */
static void prepare(struct sibling_box *box)
{
	if (ctx.away && (sibling_poll_left(box) || debug_active() || sibling_put_answer(box)))
		sibling_rest();
	if (!ctx.away)
		sibling_put_frame(box);
	context_publish(me()->user_pid, me()->user_kick_fd);
}

/* `pending` is set: what is due before the user runs, here, and not in the sibling. */
static void deliver(struct sibling_box *box)
{
	struct vcpu *v = this_vcpu;

	do {
		context_publish(me()->pid, me()->kick_fd);
		resume_deliver();
		if (v->cpl != 3)
			resume();
		debug_sync_sibling();
		prepare(box);
	} while (__atomic_load_n(&v->request, __ATOMIC_SEQ_CST));
}

static void called(struct sibling_box *box) __attribute__((noreturn));
static void called(struct sibling_box *box)
{
	ctx.away = 1;
	this_vcpu->stats.sibling_polled++;
	stop_progress();
	sibling_take_call(box);
	redirect_gated();
	resume_from_signal();
}

void sibling_run(void)
{
	struct vcpu *v = this_vcpu;
	struct sibling_box *box = sibling_box(ctx.slot);
	unsigned int in_gate = 0;

	sibling_make();
	me()->user_ran = 1;
	debug_sync_sibling();
	for (;;) {
		enum run_end end;

		prepare(box);
		/*
		 * in its gate it is nowhere, for the guest; it will be with us at once, or
		 * it has lied
		 */
		if (in_gate % GATE_STOPS == 0 && __atomic_load_n(&v->pending, __ATOMIC_SEQ_CST))
			deliver(box);
		box->again = 0;
		v->stats.sibling_run++;
		end = ctx.away ? run_by_word(box)
			       : run_until_stop(box, sibling_poll_begin(box, orders.n != 0));
		context_publish(me()->pid, me()->kick_fd);
		if (end == RUN_RESTARTED) {
			sibling_poll_end(box, 0);
			in_gate += in_gate > 0;
			continue;
		}
		sibling_bases_set();
		if (end == RUN_CALLED)
			called(box);
		stopped(box);
		if (ctx.fpstate)
			xrstor(ctx.fpstate, ctx.xmask);
		ctx.fpstate = 0;
		in_gate++;
	}
}
