// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer.c - the process that watches over the contexts.
 *
 * Runs: its own process, single-threaded; holds the read end of the manager's
 * pipe, standard error, and a pidfd for each zygote. Nothing else is open.
 * After the fork of a manager with threads only async-signal-safe calls are
 * made.
 */
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <umvmm/fail.h>
#include <umvmm/terminal.h>
#include <vm.h>

/* The whole group, ourselves included: nothing is left to clean up after us. */
static void kill_group(void)
{
	terminal_restore();
	kill(0, SIGKILL);
	_exit(1);
}

/* A zygote's process id from the manager; false: the manager is gone. */
static bool read_zygote(int pipe_fd, struct pollfd *zygote)
{
	pid_t pid;
	ssize_t n = read(pipe_fd, &pid, sizeof(pid));

	if (n < 0 && errno == EINTR)
		return true;
	if (n != sizeof(pid))
		return false;
	zygote->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	zygote->events = POLLIN;
	return zygote->fd >= 0;
}

static void watch(int pipe_fd)
{
	struct pollfd fds[1 + VM_MAX_VCPUS] = { { .fd = pipe_fd, .events = POLLIN } };
	nfds_t n = 1;

	for (;;) {
		if (poll(fds, n, -1) < 0)
			continue;
		for (nfds_t i = 1; i < n; i++)
			if (fds[i].revents)
				kill_group();
		if (!fds[0].revents)
			continue;
		if (n == 1 + VM_MAX_VCPUS || !read_zygote(pipe_fd, &fds[n]))
			kill_group();
		n++;
	}
}

static void become_tracer(int pipe_fd)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE,
				       SIGTTOU, SIGTTIN, SIGTSTP, SIGUSR1 };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_NAME, "umvmm-tracer");
	for (unsigned int i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Standard input stays: the terminal is restored through it. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (dup2(pipe_fd, STDERR_FILENO + 1) < 0)
		_exit(1);
	syscall(SYS_close_range, STDERR_FILENO + 2, ~0u, 0);
	watch(STDERR_FILENO + 1);
}

pid_t tracer_start(int *pipe_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail("tracer: pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_tracer(ends[0]);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return fail("tracer: fork: %s", strerror(errno));
	}
	setpgid(pid, pid); /* whoever of the two comes first */
	*pipe_fd = ends[1];
	return pid;
}

int tracer_watch(int pipe_fd, pid_t zygote)
{
	if (write(pipe_fd, &zygote, sizeof(zygote)) != sizeof(zygote))
		return fail("tracer: has gone away");
	return 0;
}
