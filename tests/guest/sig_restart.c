// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sig_restart.c - SA_RESTART restarts a read and a wait, without it they fail
 * with EINTR; nanosleep tells what remains.
 */
#include <sys/time.h>

#include "test.h"

static volatile int count;

static void handler(int sig)
{
	(void)sig;
	count++;
}

static void writer(int fd)
{
	usleep(150000);
	_exit(write(fd, "x", 1) == 1 ? 0 : 1);
}

static void arm(int flags, long usec)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval it = { { 0, usec }, { 0, usec } };

	count = 0;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

int main(void)
{
	struct timespec want = { 0, 300000000 }, left = { 9, 9 };
	char c;
	int p[2], status;
	ssize_t n;
	pid_t pid;

	REQUIRE(pipe(p) == 0);
	pid = fork();
	if (pid == 0)
		writer(p[1]);
	arm(SA_RESTART, 10000);
	n = read(p[0], &c, 1);
	EXPECT(n == 1 && count > 0, "read returned %zd after %d signals", n, count);
	arm(SA_RESTART, 1000);
	REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	arm(0, 20000);
	n = read(p[0], &c, 1);
	EXPECT(n == -1 && errno == EINTR, "read returned %zd, errno %d", n, errno);
	arm(SA_RESTART, 50000);
	EXPECT(nanosleep(&want, &left) == -1 && errno == EINTR, "nanosleep was not interrupted");
	EXPECT(left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 260000000, "%ld s %ld ns left",
	       (long)left.tv_sec, left.tv_nsec);
	return test_end();
}
