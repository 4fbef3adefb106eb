// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signals.c - signals to the manager, taken by a signalfd.
 *
 * Runs: in the manager's main thread; blocked in all threads, so that no
 * system call is interrupted and no handler runs at a bad moment.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>

#include "session.h"

int session_block_signals(void)
{
	static const int ours[] = { SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP,
				   SIGCONT, SIGWINCH };
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (unsigned int i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaddset(&set, ours[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return fail("signalfd: %s", strerror(errno));
	return fd;
}

/* The guest stops with us and goes on with us. */
static void suspend(struct session *s)
{
	terminal_restore();
	machine_signal(&s->machine, SIGSTOP);
	kill(getpid(), SIGSTOP);
}

static void resume(struct session *s)
{
	machine_signal(&s->machine, SIGCONT);
	if (s->intake.raw)
		terminal_raw();
}

void session_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			session_reap(s);
			break;
		case SIGTSTP:
			suspend(s);
			break;
		case SIGCONT:
			resume(s);
			session_size(s); /* it may have changed meanwhile */
			break;
		case SIGWINCH:
			session_size(s);
			break;
		default:
			s->signal = (int)info.ssi_signo;
			s->end = SESSION_SIGNAL;
		}
	}
}
