// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * await.c - see await.h.
 */
#include <errno.h>
#include <time.h>

#include "await.h"

static void awaited(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
}

void await_block(sigset_t *outside)
{
	sigset_t set;

	awaited(&set);
	sigprocmask(SIG_BLOCK, &set, outside);
}

int await_signal(int seconds)
{
	const struct timespec limit = {.tv_sec = seconds};
	sigset_t set;
	int sig;

	awaited(&set);
	/* stopped and continued it waits anew */
	do
		sig = sigtimedwait(&set, NULL, &limit);
	while (sig < 0 && errno == EINTR);
	return sig < 0 ? 0 : sig;
}
