// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hackbench.c - rows of many processes that all have something to do.
 *
 * After hackbench (Rusty Russell, Ingo Molnar): a group is 20 senders and 20
 * receivers, each sender writes messages of 100 bytes to each receiver of its
 * group in turn. All are processes, and wait for one start. A receiver has one
 * pipe (or socket pair), from which it reads until all its messages are there.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

#define SIDE	 20 /* senders, and receivers, of a group */
#define MESSAGE	 100
#define MESSAGES 50 /* from each sender to each receiver, in one repetition */
#define REPEATS	 3
#define ENOUGH	 2000000000u /* nanoseconds: no repetition after that */

static void receive(int fd, int ready, int go)
{
	size_t rest = SIDE * MESSAGES * MESSAGE;
	char buffer[MESSAGE];

	if (write(ready, "", 1) != 1 || read(go, buffer, 1) != 0)
		_exit(1);
	while (rest) {
		ssize_t n = read(fd, buffer, rest < MESSAGE ? rest : MESSAGE);

		if (n <= 0)
			_exit(1);
		rest -= (size_t)n;
	}
	_exit(0);
}

static void send_all(const int *fd, int ready, int go)
{
	char buffer[MESSAGE] = {0};

	if (write(ready, "", 1) != 1 || read(go, buffer, 1) != 0)
		_exit(1);
	for (int i = 0; i < MESSAGES; i++)
		for (int to = 0; to < SIDE; to++)
			for (ssize_t at = 0; at < MESSAGE;) {
				ssize_t n = write(fd[to], buffer + at, (size_t)(MESSAGE - at));

				if (n <= 0)
					_exit(1);
				at += n;
			}
	_exit(0);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		row_unavailable("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* In the parent nothing of the group stays open. */
static void start_group(int sockets, const int *ready, const int *go)
{
	int to[SIDE];

	for (int i = 0; i < SIDE; i++) {
		int ends[2];

		if (sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends))
			row_unavailable("pipe");
		if (child() == 0) {
			close(go[1]);
			receive(ends[0], ready[1], go[0]);
		}
		close(ends[0]);
		to[i] = ends[1];
	}
	for (int i = 0; i < SIDE; i++)
		if (child() == 0) {
			close(go[1]);
			send_all(to, ready[1], go[0]);
		}
	for (int i = 0; i < SIDE; i++)
		close(to[i]);
}

/* Nanoseconds for one message. */
static uint64_t once(int groups, int sockets)
{
	int ready[2], go[2], status, tasks = groups * 2 * SIDE;
	uint64_t start;
	char byte;

	if (pipe(ready) < 0 || pipe(go) < 0)
		row_unavailable("pipe");
	for (int i = 0; i < groups; i++)
		start_group(sockets, ready, go);
	for (int i = 0; i < tasks; i++)
		if (read(ready[0], &byte, 1) != 1)
			row_unavailable("ready");
	start = now_ns();
	close(go[1]);
	for (int i = 0; i < tasks; i++)
		if (wait(&status) < 0 || status)
			row_unavailable_because("a process failed");
	start = now_ns() - start;
	close(go[0]);
	close(ready[0]);
	close(ready[1]);
	return start / ((uint64_t)groups * SIDE * SIDE * MESSAGES);
}

static double measure_hackbench(const struct row *row)
{
	uint64_t best = UINT64_MAX, start = now_ns();

	for (int i = 0; i < REPEATS && (!i || now_ns() - start < ENOUGH); i++) {
		uint64_t ns = once((int)row->arg / (2 * SIDE), (int)row->arg2);

		if (ns < best)
			best = ns;
	}
	return (double)best;
}

const struct row hackbench_rows[] = {
	{"hackbench_40", "us", measure_hackbench, 40, 0},
	{"hackbench_400", "us", measure_hackbench, 400, 0},
	{"hackbench_1000", "us", measure_hackbench, 1000, 0},
	{"hackbench_40_sock", "us", measure_hackbench, 40, 1},
	{"hackbench_400_sock", "us", measure_hackbench, 400, 1},
	{"hackbench_1000_sock", "us", measure_hackbench, 1000, 1},
	{0},
};
