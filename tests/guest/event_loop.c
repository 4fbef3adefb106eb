// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * event_loop.c - epoll over an eventfd, a signalfd, a timerfd and a pipe.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "test.h"

enum { EVENT, SIGNAL, TIMER, PIPE, COUNT };

static int epoll;

static void watch(int fd, uint32_t who)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = who };

	REQUIRE(fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == 0);
}

static void child(int event, int pipe_in)
{
	uint64_t one = 1;

	for (int i = 0; i < 50; i++) {
		REQUIRE(write(event, &one, 8) == 8);
		kill(getppid(), SIGUSR1);
		REQUIRE(write(pipe_in, "p", 1) == 1);
		usleep(1000);
	}
	_exit(0);
}

int main(void)
{
	struct itimerspec spec = { { 0, 2000000 }, { 0, 2000000 } };
	unsigned int seen[COUNT] = { 0 };
	int fd[COUNT], p[2], status;
	struct signalfd_siginfo info;
	uint64_t value;
	sigset_t set;
	char c;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	epoll = epoll_create1(0);
	REQUIRE(epoll >= 0 && pipe(p) == 0);
	fd[EVENT] = eventfd(0, EFD_SEMAPHORE);
	fd[SIGNAL] = signalfd(-1, &set, 0);
	fd[TIMER] = timerfd_create(CLOCK_MONOTONIC, 0);
	fd[PIPE] = p[0];
	for (uint32_t i = 0; i < COUNT; i++)
		watch(fd[i], i);
	REQUIRE(timerfd_settime(fd[TIMER], 0, &spec, NULL) == 0);
	pid = fork();
	if (pid == 0)
		child(fd[EVENT], p[1]);
	while (seen[EVENT] < 50 || seen[PIPE] < 50 || seen[TIMER] < 10 || !seen[SIGNAL]) {
		struct epoll_event ev[COUNT];
		int n = epoll_wait(epoll, ev, COUNT, 5000);

		REQUIRE(n > 0);
		while (n--) {
			uint32_t who = ev[n].data.u32;

			if (who == PIPE)
				REQUIRE(read(fd[who], &c, 1) == 1);
			else if (who == SIGNAL)
				REQUIRE(read(fd[who], &info, sizeof(info)) == sizeof(info) &&
					info.ssi_pid == (uint32_t)pid);
			else
				REQUIRE(read(fd[who], &value, 8) == 8);
			seen[who]++;
		}
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "child: %#x", status);
	return test_end();
}
