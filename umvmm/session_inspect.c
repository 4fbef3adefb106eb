// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * session_inspect.c - hands out the guest's memory to umvmm dump, dmesg, ps and bt.
 *
 * Runs: in the manager's main thread. To have the guest stand still is the tracer's
 * business: it gets the client's connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tracer/tracer.h>

#include "fdpass.h"
#include "session.h"

/* The memory's file once more, but read-only; -1: there is no /proc, or no descriptor. */
static int open_memory(const struct session *s)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->machine.mem.fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

void session_inspect(const struct session *s, int socket, bool freeze)
{
	const struct image *image = &s->machine.image;
	int file = open_memory(s);
	char text[256];

	if (file < 0) {
		dprintf(socket, "{\"error\":\"its memory cannot be opened: %s\"}\n",
			strerror(errno));
		return;
	}
	snprintf(text, sizeof(text), "{\"mem\":%llu,\"cpus\":%u,\"image_start\":%llu,"
		 "\"image_end\":%llu,\"image_virt\":%llu}\n",
		 (unsigned long long)s->machine.mem.size, s->machine.ncpus,
		 (unsigned long long)image->start, (unsigned long long)image->end,
		 (unsigned long long)image->virt);
	/* a client that is gone needs nothing more; nor has it if the tracer is gone */
	if (fdpass_send(socket, text, strlen(text), file) > 0 && freeze)
		(void)!tracer_snapshot(s->machine.tracer_pipe, socket);
	close(file);
}
