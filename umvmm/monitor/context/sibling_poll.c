// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling_poll.c - when a user sibling runs on a host CPU of its own and is polled for.
 *
 * Runs: monitor, in a context; what it decides costs or saves time, no more.
 *
 * A hand-off by the host is cheap only on one host CPU: to wake a process on an idle one
 * takes an interprocessor interrupt, which costs ten times as much in a virtual machine.
 * Words of the mailbox cost a twentieth of it, but each side has to be there. So
 * a context that has seen some short system calls in a row, with nothing else between
 * them, orders its sibling to go to another host CPU. Both poll then for as long as a
 * wake-up takes. Whatever else comes (a fault, an order, a kick, a longer wait) ends that:
 * the next answer by the host wakes the sibling on this CPU (NOTIF_SYNC_WAKE_UP). After a stay
 * whose calls took longer than those before it there is a pause until this context tries it
 * again; after one without a single call, as that CPU had no time for the sibling, a longer one
 * until any of this vCPU's does. Each is twice as long as the last, until a stay pays off.
 *
 * Must hold: only with one vCPU. While the guest kernel runs, a sibling that lies may run
 * user code; so each flush has to reach its context. Linux sends none to a CPU on which
 * no user code can run until the next load of CR3 ("lazy TLB"); with one CPU the flush
 * is made on it.
 */
#include "context.h"
#include "cpu/cpu.h"
#include "host.h"
#include "sibling.h"

#define SHORT_US 100 /* a call, or what the user does between two, with both hand-offs */
#define PATIENCE 20  /* us; no longer than a wake-up takes */
#define MOVE_US	 150 /* until it runs on another CPU */

#define TRY 8u /* calls in a row */

/* us; of a context whose stays do not pay off; of a CPU that has no time */
#define PAUSE_MIN      (2 * 1000)
#define PAUSE_MAX      (200 * 1000)
#define BUSY_PAUSE_MIN (20 * 1000)
#define BUSY_PAUSE_MAX (1000 * 1000)

struct sibling_poll sibling_poll;

static int may_not_move;

void sibling_poll_refused(void)
{
	may_not_move = 1;
}

static uint64_t cycles(uint64_t us)
{
	return vm_page->tsc_khz * us / 1000;
}

/* It goes, and may come back. */
static void order_move(struct sibling_box *box)
{
	unsigned int i;

	for (i = 0; i < HOST_CPU_WORDS; i++) {
		box->cpus_other[i] = vm_page->poll_other[i];
		box->cpus_all[i] = vm_page->poll_all[i];
	}
	sibling_setaffinity(offsetof(struct sibling_box, cpus_other));
	sibling_setaffinity(offsetof(struct sibling_box, cpus_all));
}

int sibling_poll_begin(struct sibling_box *box, int orders)
{
	struct sibling_poll *p = &sibling_poll;
	uint64_t now = rdtsc();

	if (orders || now - p->stopped > cycles(SHORT_US))
		p->row = 0;
	p->elsewhere = vm_page->poll && !may_not_move && !orders &&
		       (vm_page->poll == VM_POLL_ALWAYS || (p->row >= TRY && now >= p->not_before &&
							    now >= vcpu_area->poll_not_before));
	p->answered = now;
	box->patience = p->elsewhere ? (uint32_t)cycles(PATIENCE) : 0;
	if (!p->elsewhere)
		return 0;
	p->calls = 0;
	p->usual = p->row ? (now - p->row_began) / p->row : 0;
	this_vcpu->stats.sibling_sent++;
	order_move(box);
	return 1;
}

int sibling_poll_called(const struct sibling_box *box)
{
	return __atomic_load_n(&box->call, __ATOMIC_ACQUIRE) == sibling_poll.seq + 1;
}

int sibling_poll_left(const struct sibling_box *box)
{
	return __atomic_load_n(&box->leaving, __ATOMIC_ACQUIRE) != 0;
}

void sibling_poll_reset(struct sibling_box *box)
{
	box->call = box->answer = sibling_poll.seq;
	box->leaving = 0;
}

void sibling_poll_answer(struct sibling_box *box)
{
	__atomic_store_n(&box->answer, sibling_poll.seq, __ATOMIC_RELEASE);
}

int sibling_poll_call(struct sibling_box *box)
{
	struct sibling_poll *p = &sibling_poll;
	uint64_t limit = cycles(p->calls ? PATIENCE : MOVE_US), start = rdtsc();

	do {
		if (sibling_poll_called(box)) {
			p->seq++;
			p->calls++;
			return 1;
		}
		if (sibling_poll_left(box))
			break;
		cpu_relax();
	} while (rdtsc() - start < limit);
	__atomic_store_n(&box->patience, 0, __ATOMIC_RELAXED);
	return 0;
}

/* Until when nobody tries it again: the next pause is twice as long. */
static uint64_t pause_until(uint64_t *length, uint64_t least_us, uint64_t most_us)
{
	*length = *length ? *length * 2 : cycles(least_us);
	if (*length > cycles(most_us))
		*length = cycles(most_us);
	return rdtsc() + *length;
}

/*
 * What a stay tells: has that CPU time for us, and were calls cheaper than those before it, with
 * the way there and whatever ended it?
 */
static void learn(struct sibling_poll *p, uint64_t now)
{
	struct vcpu_contexts *a = vcpu_area;

	if (p->calls)
		a->poll_pause = 0;
	else if (now - p->answered >= cycles(MOVE_US))
		a->poll_not_before = pause_until(&a->poll_pause, BUSY_PAUSE_MIN, BUSY_PAUSE_MAX);
	if (p->calls && now - p->answered < p->usual * p->calls)
		p->pause = 0;
	else
		p->not_before = pause_until(&p->pause, PAUSE_MIN, PAUSE_MAX);
}

void sibling_poll_end(struct sibling_box *box, int call)
{
	struct sibling_poll *p = &sibling_poll;
	uint64_t now = rdtsc();

	p->stopped = now;
	if (!p->elsewhere) {
		if (!call || now - p->answered > cycles(SHORT_US))
			p->row = 0;
		else if (!p->row++)
			p->row_began = p->answered;
		return;
	}
	p->elsewhere = 0;
	p->row = 0;
	box->patience = 0;
	learn(p, now);
}
