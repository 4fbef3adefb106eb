// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapshot.c - the guest stands still for a client, who gets the vCPUs' registers.
 *
 * Runs: in the tracer, a thread for each client.
 * Must hold: a client that goes away, however it does, lets the guest run on.
 */
#include "snapshot.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void take(struct target *t, struct snapshot *s)
{
	int ignored = target_stop(t); /* each vCPU is looked at */

	(void)ignored;
	s->ncpus = target_vcpus(t);
	for (unsigned int i = 0; i < s->ncpus; i++)
		if (target_get_regs(t, i, &s->regs[i]) < 0)
			s->running |= 1u << i;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct target *t = target_open();
	struct snapshot s = { .error = t ? 0 : errno };
	struct pollfd client = { .fd = fd, .events = POLLIN };

	if (t)
		take(t, &s);
	if (send(fd, &s, sizeof(s), MSG_NOSIGNAL) == sizeof(s) && t)
		while (poll(&client, 1, -1) < 0 && errno == EINTR)
			;
	if (t)
		target_close(t);
	send(fd, "", 1, MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

void snapshot_serve(int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
		pthread_detach(thread);
	else
		close(fd);
}
