// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - hands out the guest's memory to umvmm dump, dmesg, ps and bt.
 *
 * Runs: in the manager's main thread. To have the guest stand still is the tracer's
 * business: it gets the client's connection.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tracer/tracer.h>
#include <umvmm/base/fdpass.h>

#include "session.h"

void session_inspect(const struct session *s, int socket, bool freeze)
{
	const struct image *image = &s->machine.image;
	const int file = s->machine.mem.read_only;
	char text[256];

	if (file < 0) {
		dprintf(socket, "error its memory cannot be opened: no /proc at its start\n");
		return;
	}
	snprintf(text, sizeof(text), "mem %llu\ncpus %u\nimage_start %llu\nimage_end %llu\n"
		 "image_virt %llu\n",
		 (unsigned long long)s->machine.mem.size, s->machine.ncpus,
		 (unsigned long long)image->start, (unsigned long long)image->end,
		 (unsigned long long)image->virt);
	/* a client that is gone needs nothing more; nor has it if the tracer is gone */
	if (fdpass_send(socket, text, strlen(text), file) > 0 && freeze)
		(void)!tracer_snapshot(s->machine.tracer_pipe, socket);
}
