// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inspect.c - looks into a running VM from another process.
 *
 * Runs: in umvmm dump, dmesg, ps and bt; session/memory.c answers.
 */
#include "inspect.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/fdpass.h>

#include "client.h"

struct question {
	struct inspect *in;
	char *text;
	size_t size;
};

static bool ask_memory(int fd, void *ctx)
{
	const struct timeval limit = { .tv_sec = 5 };
	struct question *q = ctx;
	const char *word = q->in->freeze ? "freeze\n" : "memory\n";

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	memset(q->text, 0, q->size);
	return send(fd, word, strlen(word), MSG_NOSIGNAL) > 0 &&
	       fdpass_receive(fd, q->text, q->size - 1, &q->in->mem.fd) > 0;
}

static int ask(struct inspect *in, char *text, size_t size)
{
	struct question q = { in, text, size };
	const char *why;
	int len;

	in->socket = client_connect(in->name, ask_memory, &q);
	if (in->socket < 0)
		return fail("%s: %s", in->name, client_error_text(in->socket));
	if (in->mem.fd >= 0)
		return 0;
	why = client_error(text, &len);
	if (!why) {
		why = text;
		len = (int)strcspn(text, "\n");
	}
	return fail("%s: %.*s", in->name, len, why);
}

static int receive_snapshot(struct inspect *in, const char *otherwise)
{
	struct snapshot *s = &in->snapshot;

	if (recv(in->socket, s, sizeof(*s), MSG_WAITALL) != sizeof(*s))
		return fail("%s: the VM does not answer: it ends, or its tracer is stopped",
			    in->name);
	if (s->error == EBUSY)
		return fail("%s: a gdb is connected, or another umvmm dump or bt has stopped it%s",
			    in->name, otherwise);
	if (s->error || s->ncpus > VM_MAX_VCPUS)
		return fail("%s: it cannot be stopped: %s%s", in->name, strerror(s->error),
			    otherwise);
	return 0;
}

int inspect_open(struct inspect *in, const char *name, bool freeze, const char *otherwise)
{
	struct image *image = &in->mem.image;
	char text[512];

	memset(in, 0, sizeof(*in));
	in->name = name;
	in->freeze = freeze;
	in->mem.fd = -1;
	in->socket = -1;
	if (ask(in, text, sizeof(text)) < 0)
		goto out;
	if (client_number(text, "mem", &in->mem.size) &&
	    client_number(text, "image_start", &image->start) &&
	    client_number(text, "image_end", &image->end) &&
	    client_number(text, "image_virt", &image->virt)) {
		if (!freeze || receive_snapshot(in, otherwise) == 0)
			return 0;
	} else {
		fail("%s: %s", name, CLIENT_OTHER_VERSION);
	}
	close(in->mem.fd);
out:
	if (in->socket >= 0)
		close(in->socket);
	return -1;
}

bool inspect_close(struct inspect *in)
{
	char answer;
	bool alive = true;

	/* The tracer answers if it has lived until now, and so has the VM. */
	if (in->freeze)
		alive = send(in->socket, "thaw\n", 5, MSG_NOSIGNAL) == 5 &&
			recv(in->socket, &answer, 1, 0) == 1;
	close(in->mem.fd);
	close(in->socket);
	if (!alive)
		fail("%s: the VM has ended meanwhile", in->name);
	return alive;
}
