// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb.c - the gdb stub: a thread of the tracer that lets a gdb in and serves it.
 *
 * Runs: in the tracer, a thread of its own.
 */
#include "gdb.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>

#include <tracer/ptrace/group.h>

#include "stub.h"

static struct stub stub;
static struct door door;

static void *run(void *arg)
{
	for (;;) {
		struct pollfd fds[DOOR_POLL + 2];
		int wait = door_prepare(&door, fds), in;

		fds[DOOR_POLL] = (struct pollfd){ .fd = stub.link.fd,
						  .events = link_wants(&stub.link) };
		fds[DOOR_POLL + 1] = (struct pollfd){ .fd = stub_event_fd(&stub),
						      .events = POLLIN };
		if (poll(fds, DOOR_POLL + 2, wait) < 0 && errno != EINTR)
			group_kill();
		/* first: who comes as another leaves is let in */
		stub_serve(&stub);
		in = door_serve(&door, fds, stub_busy(&stub));
		if (in >= 0) {
			stub_connect(&stub, in);
			stub_serve(&stub);
		}
	}
	return arg;
}

int gdb_start(struct vm *vm, const int socket[DOOR_SOCKETS], bool hold)
{
	pthread_t thread;
	int err;

	door_open(&door, socket);
	stub_init(&stub, vm);
	err = hold ? -stub_hold(&stub) : 0;
	return err ? err : pthread_create(&thread, NULL, run, NULL);
}
