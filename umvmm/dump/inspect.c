// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inspect.c - looks into a running VM from another process.
 *
 * Runs: in umvmm dump, dmesg, ps and bt; session_inspect.c answers.
 */
#include "inspect.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <umvmm/client.h>
#include <umvmm/fail.h>
#include <umvmm/fdpass.h>
#include <umvmm/registry.h>

/* 0, or -1: there is no answer, and errno says why: CLIENT_AGAIN(). */
static int ask_once(struct inspect *in, char *text, size_t size)
{
	const struct timeval limit = { .tv_sec = 5 };
	const char *word = in->freeze ? "freeze\n" : "memory\n";

	setsockopt(in->socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	memset(text, 0, size);
	errno = 0;
	return send(in->socket, word, strlen(word), MSG_NOSIGNAL) > 0 &&
			       fdpass_receive(in->socket, text, size - 1, &in->mem.fd) > 0 ?
		       0 :
		       -1;
}

static int ask(struct inspect *in, char *text, size_t size)
{
	const char *why;
	int err = -1, len;

	errno = 0;
	for (int i = 0; err < 0 && CLIENT_AGAIN(errno) && i < CLIENT_TRIES; i++) {
		if (in->socket >= 0)
			close(in->socket);
		in->socket = strchr(in->name, '/') ? -1 : registry_connect(in->name);
		if (in->socket < 0)
			return fail("%s: no such VM runs; umvmm list names them", in->name);
		err = ask_once(in, text, size);
	}
	if (err < 0)
		return fail("%s: the VM does not answer: it ends, or its umvmm run is stopped "
			    "(Ctrl-Z)", in->name);
	if (in->mem.fd >= 0)
		return 0;
	why = client_error(text, &len);
	if (!why) {
		why = text;
		len = (int)strcspn(text, "\"\n");
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
		fail("%s: the VM is of another umvmm", name);
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
