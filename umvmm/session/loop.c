// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop.c - the manager's main loop.
 *
 * Runs: in the manager's main thread; nothing in it blocks but ppoll().
 */
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/machine/steward.h>

#include "session.h"

enum { POLL_EVENT, POLL_SIGNAL, POLL_CLIENT, POLL_STEWARD, POLL_OUT, POLL_ERR, POLL_IN, POLL_EXEC,
       POLL_COUNT = POLL_EXEC + EXEC_SESSIONS };

/* A full receive ring, or a guest that does not listen: look again this soon. */
#define RETRY_NS 5000000

static bool blocked(const struct session *s, int fd)
{
	for (unsigned int i = 0; i < STREAM_COUNT; i++)
		if (s->outlet[i].fd == fd && s->outlet[i].blocked)
			return true;
	return false;
}

static void prepare(const struct session *s, struct pollfd fds[POLL_COUNT])
{
	const int fd[POLL_EXEC] = {
		[POLL_EVENT] = s->machine.event_fd,
		[POLL_SIGNAL] = s->signal_fd,
		[POLL_CLIENT] = s->registry.fd,
		[POLL_STEWARD] = s->machine.steward_fd,
		[POLL_OUT] = blocked(s, STDOUT_FILENO) ? STDOUT_FILENO : -1,
		[POLL_ERR] = blocked(s, STDERR_FILENO) ? STDERR_FILENO : -1,
		[POLL_IN] = s->control.ready && intake_wants(&s->intake) ? STDIN_FILENO : -1,
	};

	for (unsigned int i = 0; i < POLL_EXEC; i++)
		fds[i] = (struct pollfd){
			.fd = fd[i],
			.events = i == POLL_OUT || i == POLL_ERR ? POLLOUT : POLLIN,
		};
	exec_mux_prepare(&s->exec, fds + POLL_EXEC);
}

/* STOPPED: the guest had, before its output was looked at. ALL: of that nothing is left. */
static void check_exit(struct session *s, bool stopped, bool all)
{
	if (!stopped || s->end != SESSION_RUNS)
		return;
	/* a panic is known by its message */
	if ((s->cfg->on_panic == PANIC_HANG || s->cfg->on_panic == PANIC_GDB) &&
	    (!all || session_hold(s)))
		return;
	s->end = SESSION_GUEST;
}

/* What a guest may take of the host is bounded. */
static void check_overhead(struct session *s)
{
	const struct machine *m = &s->machine;

	if (!m->overhead_over || s->end != SESSION_RUNS)
		return;
	s->end = SESSION_DIED;
	s->code = EXIT_GUEST;
	fail("the guest went wrong: its mappings take %llu MiB of page tables on the host, more "
	     "than the %llu MiB that it may have",
	     (unsigned long long)(m->overhead >> 20), (unsigned long long)(m->overhead_limit >> 20));
}

static void listen_to_steward(struct session *s)
{
	if (s->end != SESSION_RUNS || steward_news(&s->machine))
		return;
	s->end = SESSION_DIED;
	s->code = EXIT_SELF;
}

void session_loop(struct session *s)
{
	while (s->end == SESSION_RUNS) {
		static const struct timespec now = { 0 }, soon = { .tv_nsec = RETRY_NS },
					     later = { .tv_nsec = STUCK_LOOK_NS };
		bool stopped = __atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE) !=
			       VM_RUNNING ||
			       s->stuck.dead;
		bool more = session_output(s);
		const struct timespec *wait = more ? &now : NULL;
		struct pollfd fds[POLL_COUNT];
		eventfd_t count;

		check_exit(s, stopped, !more && !blocked(s, STDOUT_FILENO) &&
			   !blocked(s, STDERR_FILENO));
		if (s->end != SESSION_RUNS)
			break;
		check_overhead(s);
		prepare(s, fds);
		if (!more && fds[POLL_IN].fd < 0 && !s->intake.eof)
			wait = &soon;
		else if (!more && session_look_stuck(s))
			wait = &later;
		if (ppoll(fds, POLL_COUNT, wait, NULL) < 0)
			continue;
		if (exec_mux_move(&s->exec, fds + POLL_EXEC))
			machine_kick(&s->machine, 0, REQ_UART);
		if (fds[POLL_EVENT].revents)
			eventfd_read(s->machine.event_fd, &count);
		session_debugger(s);
		if (fds[POLL_SIGNAL].revents)
			session_signals(s);
		if (fds[POLL_STEWARD].revents)
			listen_to_steward(s);
		if (fds[POLL_CLIENT].revents)
			session_answer(s);
		if (fds[POLL_IN].revents)
			session_input(s);
	}
}

void session_drain(struct session *s)
{
	if (s->end != SESSION_GUEST && s->end != SESSION_DIED)
		return;
	for (;;) {
		struct pollfd fds[POLL_COUNT];

		if (session_output(s))
			continue;
		if (!blocked(s, STDOUT_FILENO) && !blocked(s, STDERR_FILENO))
			return;
		prepare(s, fds);
		fds[POLL_EVENT].fd = fds[POLL_CLIENT].fd = fds[POLL_IN].fd = -1;
		fds[POLL_STEWARD].fd = -1;
		for (unsigned int i = POLL_EXEC; i < POLL_COUNT; i++)
			fds[i].fd = -1;
		if (ppoll(fds, POLL_COUNT, NULL, NULL) > 0 && fds[POLL_SIGNAL].revents) {
			session_signals(s);
			if (s->end == SESSION_SIGNAL)
				return;
		}
	}
}
