// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debug.c - breakpoints of a debugger and of the guest, in the host's debug registers.
 *
 * Runs: monitor, in a context. A context and its user sibling have debug registers of
 * their own, on the host, which only a tracer sets (DEBUG_CALL, vm.h). Where nobody
 * traces them, the tracer is asked to attach first.
 *
 * That costs tens of microseconds, so it is done only when the guest enables what is
 * not in force. What it has disabled since stays until something hits: then it is
 * ignored, and what is in force is made what is wanted. So a switch between tasks of
 * which some use breakpoints asks nothing of the tracer.
 *
 * A debugger comes first. Which of the host's registers has which breakpoint is not
 * seen by the guest: each gets its own where it is free.
 *
 * Must hold: while the guest has breakpoints its users run their own instructions:
 * no rewritten call sites. What the monitor itself touches for the guest is not
 * reported, nor what a gate's call pushes.
 */
#include "context/host.h"
#include "context/sibling.h"
#include "cpu.h"
#include "debug.h"
#include "debugger/stop.h"
#include "entry/signal.h"
#include "redirect/site.h"
#include "report/report.h"

struct breakpoints {
	uint64_t addr[DR_COUNT];
	uint64_t control; /* as DR7, only what is enabled */
	uint8_t owner[DR_COUNT]; /* the guest's DRn, or the debugger's from DR_COUNT on */
};

enum where {
	HERE,
	SIBLING
};

static struct breakpoints in_force[2];
static int refused; /* the host did not take the last */

/* Breakpoint n of a set of addresses and DR7, in host register `at`. */
static void add(struct breakpoints *b, unsigned int at, uint64_t addr, uint64_t dr7, unsigned int n)
{
	static const uint8_t length[] = { 1, 2, 8, 4 };
	uint64_t field = DR7_FIELD(dr7, n);

	if ((field & DR_RW) == DR_RW_EXECUTE)
		field = DR_RW_EXECUTE; /* other lengths are undefined, and the host refuses */
	b->addr[at] = addr & ~(uint64_t)(length[field >> 2] - 1);
	b->control |= DR7_LOCAL(at) | field << DR7_SHIFT(at);
}

/* A register for DRn of the guest, or DR_COUNT. */
static unsigned int place(const struct breakpoints *b, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < DR_COUNT && DR7_ENABLED(b->control, n); i++)
		n = i;
	return DR7_ENABLED(b->control, n) ? DR_COUNT : n;
}

static struct breakpoints wanted(void)
{
	const uint64_t *dr = this_vcpu->dr;
	struct breakpoints b = { 0 };
	unsigned int n, at;

	for (n = 0, at = DR_COUNT; n < DR_COUNT; n++) {
		if (!DR7_ENABLED(debugger->hw_control, n))
			continue;
		add(&b, --at, debugger->hw_addr[n], debugger->hw_control, n);
		b.owner[at] = (uint8_t)(DR_COUNT + n);
	}
	for (n = 0; n < DR_COUNT; n++) {
		if (!DR7_ENABLED(dr[7], n) || (DR7_FIELD(dr[7], n) & DR_RW) == DR_RW_IO)
			continue;
		at = place(&b, n);
		if (at == DR_COUNT)
			break;
		add(&b, at, dr[n], dr[7], n);
		b.owner[at] = (uint8_t)n;
	}
	return b;
}

static int same(const struct breakpoints *a, const struct breakpoints *b, unsigned int n)
{
	return DR7_ENABLED(a->control, n) && DR7_ENABLED(b->control, n) &&
	       a->addr[n] == b->addr[n] && DR7_FIELD(a->control, n) == DR7_FIELD(b->control, n);
}

static int is_in_force(enum where where)
{
	struct breakpoints b = wanted();
	unsigned int n;

	for (n = 0; n < DR_COUNT; n++)
		if (DR7_ENABLED(b.control, n) && !same(&b, &in_force[where], n))
			return 0;
	return 1;
}

/* --redirect ptrace traces what may run user code. */
static int is_traced(enum where where)
{
	return vm_page->redirect == REDIRECT_PTRACE &&
	       (where == SIBLING || vm_page->isolation != ISOLATION_SPLIT);
}

/* The tracer traces that process until it makes its call. */
static int attach(enum where where)
{
	struct vctx *me = &ctx_table->v[ctx.slot];
	struct vcpu *v = this_vcpu;
	long yama = host_prctl(PR_SET_PTRACER, (unsigned long)vm_page->tracer);
	uint32_t state;

	if (yama >= 0 && where == SIBLING)
		sibling_prctl(PR_SET_PTRACER, (unsigned long)vm_page->tracer);
	v->debug_pid = where == SIBLING ? me->user_pid : me->pid;
	__atomic_store_n(&v->debug_state, DEBUG_ASKED, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&vm_page->debug_event, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&vm_page->debug_event);
	while ((state = __atomic_load_n(&v->debug_state, __ATOMIC_SEQ_CST)) == DEBUG_ASKED)
		host_futex_wait(&v->debug_state, DEBUG_ASKED, NULL);
	return state == DEBUG_ATTACHED;
}

/* Says so once, and that was all. */
static void never(const char *why)
{
	if (!vm_page->debug_refused)
		monitor_log("%s: the guest's hardware breakpoints never hit", why);
	vm_page->debug_refused = 1;
}

/* Makes what is wanted be in force; the host's DR6. */
static uint64_t set(enum where where)
{
	struct breakpoints b = wanted();
	uint64_t status;

	if (!is_traced(where) && !attach(where)) {
		never("the host permits no ptrace");
		return 0;
	}
	if (where == SIBLING)
		status = sibling_debug_registers(b.addr, b.control);
	else
		status = host_debug_registers(b.addr, b.control);
	refused = (status & DEBUG_FAILED) != 0;
	if (status & DEBUG_ABSENT)
		never("the host's debug registers do not work (it is a virtual machine without)");
	else if (refused)
		monitor_log("the host refuses a hardware breakpoint: DR7 %x", b.control);
	in_force[where] = b;
	return status;
}

int debug_sync(void)
{
	if (!debug_active())
		return 0;
	if (vm_page->debug_refused)
		return -1;
	site_drop();
	if (!is_in_force(HERE))
		set(HERE);
	return vm_page->debug_refused || refused ? -1 : 0;
}

void debug_sync_sibling(void)
{
	if (debug_active() && !vm_page->debug_refused && !is_in_force(SIBLING))
		set(SIBLING);
}

int debug_hit(int si_code)
{
	enum where where = this_vcpu->split && this_vcpu->cpl == 3 ? SIBLING : HERE;
	struct breakpoints old = in_force[where];
	uint64_t status = si_code == TRAP_TRACE ? DR_STEP : 0, hits = 0;
	int mine = stop_steps();
	unsigned int n;

	if (old.control)
		status = set(where);
	for (n = 0; n < DR_COUNT && old.control; n++) {
		unsigned int owner = in_force[where].owner[n];

		if (!(status >> n & 1) || !same(&old, &in_force[where], n))
			continue;
		if (owner >= DR_COUNT) {
			stop_hw_break(owner - DR_COUNT);
			mine = 1;
			continue;
		}
		hits |= 1ull << owner;
		/* a fault whose frame has RF clear; the host's handler has set it */
		if (DR7_FIELD(old.control, n) == DR_RW_EXECUTE)
			ctx.regs.rflags &= ~(uint64_t)RFLAGS_RF;
	}
	if (!stop_steps() || this_stop->step_tf)
		hits |= status & DR_STEP;
	if (!hits && (mine || (status & DR_TRAP_BITS)))
		return -1; /* the debugger's, or removed meanwhile */
	this_vcpu->dr[6] |= hits;
	return 0;
}
