// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * child.c - children of the guest's process 1 and of its agent.
 *
 * Runs: in guest user space.
 *
 * Must hold: a command starts with the signals and the mask that a login gives it,
 * whatever its parent has blocked or ignores.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

/* Interrupts ppoll(); there is nothing else to do. */
static void on_sigchld(int sig)
{
	(void)sig;
}

void init_watch_children(sigset_t *mask)
{
	const struct sigaction act = {.sa_handler = on_sigchld};
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, mask);
	sigaction(SIGCHLD, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void init_become(char *const argv[], int in, int out, int err)
{
	sigset_t none;
	int why;

	setsid();
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (isatty(0))
		ioctl(0, TIOCSCTTY, 0);
	execvp(argv[0], argv);
	why = errno;
	fprintf(stderr, "%s: %s\n", argv[0], strerror(why));
	_exit(why == ENOENT ? 127 : 126);
}

int init_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
