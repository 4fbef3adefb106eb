// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * steward.c - the process that does for the manager what the manager may not do itself.
 *
 * Runs: its own process, a fork of the manager from before the guest; it has one thread. What
 * it starts for the VM becomes the manager's child (fork_beside.h), as contexts and their
 * tracer live and die with the manager.
 *
 * Must hold: steward.h. Signals are blocked as in the manager, with which it shares the
 * terminal: it ends when the manager does.
 */
#include "steward.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/fdpass.h>
#include <umvmm/machine/machine.h>
#include <umvmm/machine/steward.h>

#include "overhead.h"
#include "pin.h"
#include "postmortem.h"

#define LOOKS_NEVER (-1)

struct steward {
	/* ours, as they were at the fork */
	struct machine *machine;
	struct registry *registry;
	struct gdb_sockets *gdb;
	int fd; /* the manager's */
	struct overhead overhead;
};

static void answer(const struct steward *s, const struct steward_answer *a, int file)
{
	ssize_t n = file < 0 ? send(s->fd, a, sizeof(*a), MSG_NOSIGNAL)
			     : fdpass_send(s->fd, a, sizeof(*a), file);

	if (n != sizeof(*a))
		_exit(EXIT_SELF);
}

static void answer_short(const struct steward *s, int err)
{
	const struct steward_answer a = { .kind = err < 0 ? STEWARD_FAILED : STEWARD_DONE };

	answer(s, &a, -1);
}

static void begin(struct steward *s)
{
	struct machine *m = s->machine;
	struct steward_answer a = { .kind = STEWARD_FAILED };

	m->tracer_pipe = -1;
	if (machine_begin(m) == 0)
		a.kind = STEWARD_DONE;
	a.tracer = m->tracer;
	a.zygote = m->zygote[0];
	a.image = m->image;
	a.tsc_khz = m->tsc_khz;
	a.chunks_collapsed = m->mem.chunks_collapsed;
	a.pages_added = m->mem.pages_added;
	memcpy(a.kernel_path, m->kernel_path, sizeof(a.kernel_path));
	memcpy(a.buildid, m->buildid, sizeof(a.buildid));
	answer(s, &a, m->tracer_pipe);
	if (m->tracer_pipe >= 0)
		close(m->tracer_pipe);
	m->tracer = m->zygote[0] = 0;
}

static int dump(const struct steward *s, int memory, uint64_t size, const struct steward_request *r)
{
	const char *path = s->machine->cfg->dump_file;
	char name[80];

	if (!path) {
		snprintf(name, sizeof(name), "%s.vmcore", s->registry->name);
		path = name;
	}
	return postmortem_dump(s->fd, memory, size, r, path);
}

/* The sockets' names go; the manager may not remove them, and only closes what it has open. */
static void end(struct steward *s)
{
	gdb_sockets_close(s->gdb);
	registry_close(s->registry);
	_exit(0);
}

static void serve(struct steward *s)
{
	const struct physmem *mem = &s->machine->mem;
	const int memory = mem->read_only >= 0 ? mem->read_only : mem->fd;
	struct steward_request r;

	if (recv(s->fd, &r, sizeof(r), 0) != sizeof(r))
		_exit(EXIT_SELF);
	switch (r.kind) {
	case STEWARD_BEGIN:
		begin(s);
		break;
	case STEWARD_PIN:
		answer_short(s, pin_zygotes(s->machine, r.index % VM_MAX_VCPUS, r.zygote,
					    r.sibling));
		break;
	case STEWARD_TRACE:
		postmortem_trace(s->fd, memory, mem->size, &r);
		answer_short(s, 0);
		break;
	case STEWARD_DUMP:
		answer_short(s, dump(s, memory, mem->size, &r));
		break;
	case STEWARD_CANCEL: /* it is done already */
		break;
	case STEWARD_END:
		end(s);
	}
}

/* How long it may rest, as poll() takes it. */
static int look(struct steward *s)
{
	struct overhead *o = &s->overhead;
	int rest = overhead_look(o);
	struct steward_answer a = { .kind = STEWARD_OVERHEAD };

	if (rest < 0) {
		note("no /proc, or others' processes are hidden in it: page tables that a hostile "
		     "guest makes on the host have no bound");
		return LOOKS_NEVER;
	}
	if (o->tables <= o->limit)
		return rest;
	a.tables = o->tables;
	a.limit = o->limit;
	answer(s, &a, -1);
	return LOOKS_NEVER;
}

static void run(struct steward *s)
{
	int rest = 0;

	for (;;) {
		struct pollfd manager = { .fd = s->fd, .events = POLLIN };
		int n = poll(&manager, 1, rest);

		if (n > 0)
			serve(s);
		else if (n == 0)
			rest = look(s);
	}
}

static void become_steward(struct steward *s, pid_t manager)
{
	struct machine *m = s->machine;

	s->overhead = (struct overhead){ .parent = manager, .mem_size = m->mem.size };
	prctl(PR_SET_NAME, "umvmm-steward");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != manager || physmem_attach(&m->mem) < 0)
		_exit(EXIT_SELF);
	m->steward_fd = -1;
	run(s);
}

int steward_start(struct machine *m, struct registry *registry, struct gdb_sockets *gdb)
{
	struct steward s = { .machine = m, .registry = registry, .gdb = gdb };
	const pid_t manager = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fail("steward: socketpair: %s", strerror(errno));
	s.fd = ends[0];
	m->steward = fork();
	if (m->steward == 0) {
		close(ends[1]);
		become_steward(&s, manager);
	}
	close(ends[0]);
	if (m->steward < 0) {
		m->steward = 0;
		close(ends[1]);
		return fail("steward: fork: %s%s", strerror(errno),
			    errno == EAGAIN ? "; see ulimit -u" : "");
	}
	m->steward_fd = ends[1];
	return 0;
}
