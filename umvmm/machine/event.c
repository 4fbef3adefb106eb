// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * event.c - a thread that turns the futex vm->event into an eventfd.
 *
 * Runs: in a thread of the manager; the main thread polls the eventfd.
 * Must hold: event_sleeping is set before event is compared for the last time,
 * so that the monitor, which bumps event first, either is seen or wakes us.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/futex.h>

#include "machine.h"

#define IDLE_NS 500000000ll

static void *event_thread(void *arg)
{
	struct machine *m = arg;
	struct vm *vm = m->vm;
	uint32_t seen = __atomic_load_n(&vm->event, __ATOMIC_SEQ_CST);

	eventfd_write(m->event_fd, 1);
	while (!m->stop_threads) {
		uint32_t now = __atomic_load_n(&vm->event, __ATOMIC_SEQ_CST);

		if (now != seen) {
			seen = now;
			eventfd_write(m->event_fd, 1);
			continue;
		}
		__atomic_store_n(&vm->event_sleeping, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&vm->event, __ATOMIC_SEQ_CST) == seen)
			futex_wait_until(&vm->event, seen, monotonic_ns() + IDLE_NS);
		__atomic_store_n(&vm->event_sleeping, 0, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

int event_start(struct machine *m)
{
	m->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->event_fd < 0)
		return fail("eventfd: %s", strerror(errno));
	if (pthread_create(&m->event_thread, NULL, event_thread, m)) {
		close(m->event_fd);
		m->event_fd = -1;
		return fail("cannot start a thread: see ulimit -u and -v");
	}
	return 0;
}

void event_stop(struct machine *m)
{
	__atomic_fetch_add(&m->vm->event, 1, __ATOMIC_SEQ_CST);
	futex_wake(&m->vm->event);
	pthread_join(m->event_thread, NULL);
	close(m->event_fd);
	m->event_fd = -1;
}
