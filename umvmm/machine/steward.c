// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steward.c - what the manager asks of its steward.
 *
 * Runs: in the manager's main thread.
 */
#include "steward.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/fdpass.h>

#include "machine.h"

static int steward_fd = -1; /* for steward_end_now() */

/* Without a message if it has ended by itself, after one. */
static int gone(const struct machine *m)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)m->steward, &info, WEXITED | WNOWAIT) == 0 &&
	    info.si_code == CLD_EXITED)
		return -1;
	return fail("the process that starts tracer and monitor died: killed by the user, or a "
		    "bug of umvmm");
}

static void note_overhead(struct machine *m, const struct steward_answer *a)
{
	m->overhead = a->tables;
	m->overhead_limit = a->limit;
	m->overhead_over = true;
}

/* -1: it is dead. */
static int receive(struct machine *m, struct steward_answer *a, int *file)
{
	ssize_t n;

	do
		n = fdpass_receive(m->steward_fd, a, sizeof(*a), file);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*a) ? 0 : -1;
}

static int send_request(struct machine *m, const struct steward_request *r)
{
	steward_fd = m->steward_fd;
	return send(m->steward_fd, r, sizeof(*r), MSG_NOSIGNAL) == sizeof(*r) ? 0 : gone(m);
}

/* 0, or -1 after a message. */
static int ask(struct machine *m, const struct steward_request *r, struct steward_answer *a,
	       int *file)
{
	if (send_request(m, r) < 0)
		return -1;
	do {
		if (receive(m, a, file) < 0)
			return gone(m);
		if (a->kind == STEWARD_OVERHEAD)
			note_overhead(m, a);
	} while (a->kind == STEWARD_OVERHEAD);
	return a->kind == STEWARD_DONE ? 0 : -1;
}

int steward_begin(struct machine *m)
{
	const struct steward_request r = { .kind = STEWARD_BEGIN };
	struct steward_answer a = { 0 };
	int err = ask(m, &r, &a, &m->tracer_pipe);

	m->tracer = a.tracer;
	m->zygote[0] = a.zygote;
	if (err)
		return -1;
	m->image = a.image;
	m->tsc_khz = a.tsc_khz;
	m->mem.chunks_collapsed = a.chunks_collapsed;
	m->mem.pages_added = a.pages_added;
	memcpy(m->kernel_path, a.kernel_path, sizeof(m->kernel_path));
	memcpy(m->buildid, a.buildid, sizeof(m->buildid));
	return 0;
}

int steward_pin(struct machine *m, unsigned int index)
{
	const struct steward_request r = {
		.kind = STEWARD_PIN,
		.index = index,
		.zygote = m->zygote[index],
		.sibling = m->sibling[index],
	};
	struct steward_answer a;
	int file;

	return ask(m, &r, &a, &file);
}

int steward_look(struct machine *m, const struct steward_request *r)
{
	return send_request(m, r);
}

bool steward_has_looked(struct machine *m)
{
	struct steward_answer a;
	int file;

	if (receive(m, &a, &file) < 0) {
		gone(m);
		return true;
	}
	return a.kind != STEWARD_OVERHEAD;
}

bool steward_news(struct machine *m)
{
	struct steward_answer a;
	int file;

	if (receive(m, &a, &file) < 0) {
		gone(m);
		return false;
	}
	note_overhead(m, &a);
	return true;
}

void steward_end(struct machine *m)
{
	if (!m->steward)
		return;
	steward_fd = m->steward_fd;
	steward_end_now();
	while (waitpid(m->steward, NULL, 0) < 0 && errno == EINTR)
		;
	close(m->steward_fd);
	m->steward = 0;
	m->steward_fd = steward_fd = -1;
}

void steward_end_now(void)
{
	static const struct steward_request r = { .kind = STEWARD_END };
	char none;

	/* it closes its end, whatever else it says */
	if (steward_fd >= 0 && send(steward_fd, &r, sizeof(r), MSG_NOSIGNAL) == sizeof(r))
		while (recv(steward_fd, &none, sizeof(none), 0) > 0)
			;
}
