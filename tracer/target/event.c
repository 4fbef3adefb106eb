// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * event.c - vCPUs that stop by themselves.
 *
 * Runs: in the tracer. A thread turns the monitor's futex into a file descriptor; all
 * else is in the thread of the target's user.
 */
#include "state.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <umvmm/base/futex.h>

/* The guest may write the futex: this is how often that can wake us. */
static const struct timespec pause_between = { .tv_nsec = 50000 };

static void *run(void *arg)
{
	struct target *t = arg;
	uint32_t seen = t->seen;

	while (!t->quit) {
		uint32_t now = __atomic_load_n(&t->shared->event, __ATOMIC_SEQ_CST);

		if (now == seen) {
			syscall(SYS_futex, &t->shared->event, FUTEX_WAIT, now, NULL, NULL, 0);
			continue;
		}
		seen = now;
		target_event_signal(t);
		nanosleep(&pause_between, NULL);
	}
	return NULL;
}

int target_events_start(struct target *t)
{
	int err;

	t->seen = __atomic_load_n(&t->shared->event, __ATOMIC_SEQ_CST);
	t->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->event_fd < 0)
		return -errno;
	err = pthread_create(&t->thread, NULL, run, t);
	if (err)
		close(t->event_fd);
	return -err;
}

void target_events_stop(struct target *t)
{
	t->quit = true;
	__atomic_fetch_add(&t->shared->event, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &t->shared->event, FUTEX_WAKE, 1, NULL, NULL, 0);
	pthread_join(t->thread, NULL);
	close(t->event_fd);
}

void target_event_signal(struct target *t)
{
	eventfd_write(t->event_fd, 1);
}

/* What the vCPU says that it met; false if it is nothing that we could have caused. */
static bool make_event(const struct target *t, const struct stop *stop, struct target_event *ev)
{
	uint64_t address = stop->address;

	switch (__atomic_load_n(&stop->reason, __ATOMIC_SEQ_CST)) {
	case STOP_STEP:
		ev->reason = TARGET_STEP;
		return true;
	case STOP_SOFT:
		ev->reason = TARGET_BREAKPOINT;
		ev->kind = TARGET_SOFT;
		ev->address = address;
		if (!target_soft_at(t, address) && target_execute_at(t, address)) {
			ev->reason = TARGET_HW_BREAKPOINT;
			ev->kind = TARGET_EXECUTE;
		}
		return true;
	case STOP_HW:
		if (address >= HW_BREAKS || !t->hw[address].used)
			return false;
		ev->kind = t->hw[address].kind;
		ev->reason = ev->kind == TARGET_EXECUTE ? TARGET_HW_BREAKPOINT : TARGET_WATCHPOINT;
		ev->address = t->hw[address].va;
		return true;
	case STOP_EXIT:
		ev->reason = TARGET_EXIT;
		ev->exit = (enum vm_exit)stop->exit;
		ev->exit_code = stop->exit_code;
		return true;
	}
	return false;
}

void target_event_look(struct target *t, unsigned int vcpu)
{
	struct target_vcpu *v = &t->vcpu[vcpu];
	const struct stop *stop = stop_of(t, vcpu);

	if (v->stays || __atomic_load_n(&stop->state, __ATOMIC_SEQ_CST) != STOP_STAYS)
		return;
	v->stays = true;
	v->rip = stop->hand.regs.rip;
	v->event = (struct target_event){ .vcpu = vcpu };
	v->untaken = make_event(t, stop, &v->event);
	/* a request that was withdrawn when it had been seen already */
	if (!v->untaken && !v->wanted && target_resume(t, vcpu, TARGET_CONTINUE, 0, 0) < 0)
		v->stays = true;
}

bool target_event_holds(const struct target *t, unsigned int vcpu)
{
	const struct target_vcpu *v = &t->vcpu[vcpu];

	if (v->event.reason == TARGET_EXIT)
		return true;
	if (stop_of(t, vcpu)->hand.regs.rip != v->rip)
		return false;
	if (v->event.reason == TARGET_BREAKPOINT)
		return target_soft_at(t, v->event.address);
	if (v->event.reason == TARGET_STEP)
		return true;
	for (unsigned int n = 0; n < HW_BREAKS; n++)
		if (t->hw[n].used && t->hw[n].va == v->event.address)
			return true;
	return false;
}

int target_event_fd(const struct target *t)
{
	return t->event_fd;
}

static bool take(struct target *t, struct target_event *ev)
{
	for (unsigned int i = 0; i < t->ncpus; i++) {
		unsigned int vcpu = (t->next + i) % t->ncpus;

		target_event_look(t, vcpu);
		if (!t->vcpu[vcpu].untaken || t->vcpu[vcpu].held)
			continue;
		t->vcpu[vcpu].untaken = false;
		*ev = t->vcpu[vcpu].event;
		t->next = vcpu + 1;
		return true;
	}
	return false;
}

bool target_next_event(struct target *t, struct target_event *ev)
{
	eventfd_t count;

	if (take(t, ev))
		return true;
	eventfd_read(t->event_fd, &count);
	/* one that came before that */
	if (!take(t, ev))
		return false;
	target_event_signal(t);
	return true;
}
