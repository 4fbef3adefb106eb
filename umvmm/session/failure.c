// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * failure.c - a guest that has failed: has it, what was it at, and its memory into a file.
 *
 * Runs: in the manager's main thread. The steward looks into the guest's memory, for as long as
 * that takes: signals and umvmm stop are heeded meanwhile, and end it.
 */
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <tracer/tracer.h>
#include <umvmm/machine/steward.h>

#include "session.h"

/* Its own doing, and no end that it was asked for: what exits with EXIT_GUEST. */
bool session_guest_failed(const struct session *s)
{
	switch (__atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE)) {
	case VM_REBOOT:
		return s->console.panicked;
	case VM_TRIPLE_FAULT:
	case VM_GUEST_FAULT:
	case VM_DEAD:
		return true;
	case VM_RUNNING:
		return s->stuck.dead;
	default:
		return false;
	}
}

/* The tracer is not waited for any longer than vCPUs need to stop. */
static void receive_registers(struct snapshot *snapshot, int socket)
{
	const struct timeval limit = { .tv_sec = TARGET_STOP_MS / 1000 + 1 };

	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (recv(socket, snapshot, sizeof(*snapshot), MSG_WAITALL) != sizeof(*snapshot) ||
	    snapshot->error || snapshot->ncpus > VM_MAX_VCPUS)
		snapshot->ncpus = 0;
}

void session_registers(struct session *s)
{
	int ends[2], err;

	s->registers.ncpus = 0;
	if (s->end != SESSION_GUEST || !session_guest_failed(s) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	err = tracer_snapshot(s->machine.tracer_pipe, ends[1]);
	close(ends[1]);
	if (err == 0)
		receive_registers(&s->registers, ends[0]);
	close(ends[0]);
}

/* It is cancelled when somebody wants us to end. */
static void wait_for_look(struct session *s)
{
	const struct steward_request cancel = { .kind = STEWARD_CANCEL };
	struct machine *m = &s->machine;
	bool cancelled = false;

	for (;;) {
		struct pollfd fds[] = { { .fd = m->steward_fd, .events = POLLIN },
					{ .fd = s->signal_fd, .events = POLLIN },
					{ .fd = s->registry.fd, .events = POLLIN } };

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents && steward_has_looked(m))
			return;
		if (fds[1].revents)
			session_signals(s);
		if (fds[2].revents)
			session_answer(s);
		if (!cancelled && (s->end == SESSION_SIGNAL || s->end == SESSION_QUIT)) {
			cancelled = true;
			if (steward_look(m, &cancel) < 0)
				return;
		}
	}
}

static void look(struct session *s, struct steward_request *r)
{
	r->image = s->machine.image;
	r->registers = s->registers;
	if (steward_look(&s->machine, r) == 0)
		wait_for_look(s);
}

void session_trace(struct session *s)
{
	struct steward_request r = {
		.kind = STEWARD_TRACE,
		.cpu = s->machine.vm->exit_vcpu,
		.log = !s->console.panicked,
	};

	look(s, &r);
}

void session_write_dump(struct session *s)
{
	struct steward_request r = { .kind = STEWARD_DUMP };

	look(s, &r);
}
