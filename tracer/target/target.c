// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * target.c - the guest as a debugger sees it: vCPUs stop and go on.
 *
 * Runs: in the tracer.
 */
#include "state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tracer/ptrace/group.h>
#include <umvmm/base/futex.h>

#define KICK_SIGNAL SIGUSR1
#define AGAIN_NS    10000000ll /* a kick may have met a process that had just handed off */

static struct {
	struct vm *vm;
	struct physmem mem;
	unsigned int ncpus;
	uint32_t attached; /* number of the last target */
	atomic_bool open; /* a debugger and a snapshot are in threads of their own */
} here;

void target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus)
{
	here.vm = vm;
	here.mem = (struct physmem){ .fd = mem->fd, .size = mem->size };
	here.ncpus = ncpus;
}

static struct target *fail_open(struct target *t, int err)
{
	free(t);
	here.open = false;
	errno = err;
	return NULL;
}

struct target *target_open(void)
{
	struct target *t;
	int err;

	if (atomic_exchange(&here.open, true)) {
		errno = EBUSY;
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return fail_open(t, ENOMEM);
	if (!__atomic_load_n(&((struct vcpu *)((char *)here.vm + vcpu_offset(0)))->run_pid,
			     __ATOMIC_SEQ_CST))
		return fail_open(t, EAGAIN);
	t->vm = here.vm;
	t->shared = (struct debugger *)((char *)here.vm + DEBUGGER_OFFSET);
	t->mem = here.mem;
	t->ncpus = here.ncpus;
	t->mem.base = mmap(NULL, t->mem.size, PROT_READ | PROT_WRITE, MAP_SHARED, t->mem.fd, 0);
	if (t->mem.base == MAP_FAILED)
		return fail_open(t, errno);
	err = target_events_start(t);
	if (err < 0) {
		munmap(t->mem.base, t->mem.size);
		return fail_open(t, -err);
	}
	target_remove_all(t);
	__atomic_store_n(&t->shared->attached, ++here.attached, __ATOMIC_SEQ_CST);
	return t;
}

unsigned int target_vcpus(const struct target *t)
{
	return t->ncpus;
}

enum target_state target_state(const struct target *t, unsigned int vcpu)
{
	if (vcpu >= t->ncpus || !t->vcpu[vcpu].stays)
		return TARGET_RUNS;
	switch (stop_of(t, vcpu)->place) {
	case STOP_IN_HALT:
		return TARGET_STOPPED_HALTED;
	case STOP_IN_OFF:
		return TARGET_STOPPED_OFF;
	}
	return TARGET_STOPPED;
}

int target_needs(struct target *t, unsigned int vcpu)
{
	if (vcpu >= t->ncpus)
		return -EINVAL;
	target_event_look(t, vcpu);
	return t->vcpu[vcpu].stays ? 0 : -EBUSY;
}

int target_needs_all(struct target *t)
{
	for (unsigned int i = 0; i < t->ncpus; i++) {
		int err = target_needs(t, i);

		if (err)
			return err;
	}
	return 0;
}

/*
 * To the process that runs the vCPU, if it is one of the VM's. The number comes from the
 * guest's reach, and what has it may end: but if it was the VM's while the pidfd existed, the
 * signal meets that one or none.
 */
static void send_signal(pid_t pid)
{
	int fd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	if (fd < 0)
		return;
	if (group_has(pid))
		syscall(SYS_pidfd_send_signal, fd, KICK_SIGNAL, NULL, 0);
	close(fd);
}

/* As machine_kick(), but nothing outstanding is trusted: this is rare. */
static void kick(struct target *t, unsigned int index)
{
	struct vcpu *vcpu = vcpu_of(t, index);

	__atomic_fetch_or(&vcpu->request, REQ_STOP, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->pending, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&vcpu->wake_seq, 1, __ATOMIC_SEQ_CST);
	futex_wake(&vcpu->wake_seq);
	send_signal(__atomic_load_n(&vcpu->run_pid, __ATOMIC_SEQ_CST));
}

static bool all_stopped(struct target *t)
{
	bool all = true;

	for (unsigned int i = 0; i < t->ncpus; i++)
		all = target_needs(t, i) == 0 && all;
	return all;
}

static void hold_events(struct target *t)
{
	for (unsigned int i = 0; i < t->ncpus; i++)
		t->vcpu[i].held = t->vcpu[i].stays;
}

int target_stop(struct target *t)
{
	int64_t now = monotonic_ns(), limit = now + TARGET_STOP_MS * 1000000ll;

	for (unsigned int i = 0; i < t->ncpus; i++) {
		t->vcpu[i].wanted = true;
		__atomic_store_n(&stop_of(t, i)->wanted, 1, __ATOMIC_SEQ_CST);
	}
	for (; now < limit; now = monotonic_ns()) {
		int64_t again = now + AGAIN_NS;

		for (unsigned int i = 0; i < t->ncpus; i++)
			if (!t->vcpu[i].stays)
				kick(t, i);
		while (now < again) {
			uint32_t seen = __atomic_load_n(&t->shared->event, __ATOMIC_SEQ_CST);

			if (all_stopped(t)) {
				hold_events(t);
				return 0;
			}
			futex_wait_until(&t->shared->event, seen, again);
			now = monotonic_ns();
		}
	}
	hold_events(t);
	return all_stopped(t) ? 0 : -ETIMEDOUT;
}

void target_hold(struct target *t)
{
	for (unsigned int i = 0; i < t->ncpus; i++) {
		struct vcpu *vcpu = vcpu_of(t, i);

		t->vcpu[i].wanted = true;
		__atomic_store_n(&stop_of(t, i)->wanted, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_or(&vcpu->request, REQ_STOP, __ATOMIC_SEQ_CST);
		__atomic_store_n(&vcpu->pending, 1, __ATOMIC_SEQ_CST);
	}
}

static void go(struct target *t, unsigned int index)
{
	struct stop *stop = stop_of(t, index);

	t->vcpu[index].stays = t->vcpu[index].wanted = t->vcpu[index].untaken =
		t->vcpu[index].held = false;
	__atomic_store_n(&stop->wanted, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&stop->state, STOP_RUNS, __ATOMIC_SEQ_CST);
	futex_wake(&stop->state);
}

int target_resume(struct target *t, unsigned int vcpu, enum target_how how, uint64_t start,
		  uint64_t end)
{
	struct stop *stop;

	if (vcpu >= t->ncpus)
		return -EINVAL;
	stop = stop_of(t, vcpu);
	target_event_look(t, vcpu);
	if (!t->vcpu[vcpu].stays) {
		/* it did not stop in time: nor does it have to any more */
		t->vcpu[vcpu].wanted = false;
		__atomic_store_n(&stop->wanted, 0, __ATOMIC_SEQ_CST);
		return how == TARGET_CONTINUE ? 0 : -EBUSY;
	}
	if (t->vcpu[vcpu].untaken && target_event_holds(t, vcpu)) {
		t->vcpu[vcpu].held = false;
		target_event_signal(t);
		return 0;
	}
	if (how != TARGET_CONTINUE && target_state(t, vcpu) == TARGET_STOPPED_OFF)
		return -EAGAIN;
	stop->single = how != TARGET_CONTINUE;
	stop->interrupts = t->interrupts;
	stop->range_start = how == TARGET_STEP_RANGE ? start : 0;
	stop->range_end = how == TARGET_STEP_RANGE ? end : 0;
	go(t, vcpu);
	return 0;
}

void target_step_interrupts(struct target *t, bool come)
{
	t->interrupts = come;
}

int target_sync(struct target *t, unsigned int vcpu)
{
	struct stop *stop = stop_of(t, vcpu);
	int64_t limit = monotonic_ns() + TARGET_STOP_MS * 1000000ll;

	__atomic_store_n(&stop->state, STOP_SYNC, __ATOMIC_SEQ_CST);
	futex_wake(&stop->state);
	for (;;) {
		uint32_t seen = __atomic_load_n(&t->shared->event, __ATOMIC_SEQ_CST);

		if (__atomic_load_n(&stop->state, __ATOMIC_SEQ_CST) == STOP_STAYS)
			return stop->refused ? -EPERM : 0;
		if (monotonic_ns() >= limit)
			return -ETIMEDOUT;
		futex_wait_until(&t->shared->event, seen, limit);
	}
}

void target_close(struct target *t)
{
	/* also if some do not stop: what they execute is whole at any time */
	int ignored = target_stop(t);

	(void)ignored;
	target_remove_all(t);
	__atomic_store_n(&t->shared->attached, 0, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < t->ncpus; i++) {
		stop_of(t, i)->single = 0;
		go(t, i);
	}
	target_events_stop(t);
	munmap(t->mem.base, t->mem.size);
	free(t);
	here.open = false;
}
