// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipc.c - rows of one byte going to another process and back.
 *
 * Must hold: both processes are on the one CPU that main.c chose, so each way
 * is a context switch too.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lat.h"

struct ends {
	int in, out;
};

static void echo(const struct ends *ends)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(ends->in, &byte, 1) == 1)
		if (write(ends->out, &byte, 1) != 1)
			break;
	_exit(0);
}

static uint64_t loop_round(uint64_t n, void *arg)
{
	const struct ends *ends = arg;
	uint64_t start = now_ns();
	char byte = 0;

	while (n--)
		if (write(ends->out, &byte, 1) != 1 || read(ends->in, &byte, 1) != 1)
			row_unavailable("round trip");
	return now_ns() - start;
}

static double measure_pair(struct ends *here, const struct ends *there)
{
	pid_t pid = fork();

	if (pid < 0)
		row_unavailable("fork");
	if (pid == 0)
		echo(there);
	return loop_min(loop_round, here);
}

static double measure_pipe(const struct row *row)
{
	int to[2], from[2];

	(void)row;
	if (pipe(to) < 0 || pipe(from) < 0)
		row_unavailable("pipe");
	return measure_pair(&(struct ends){from[0], to[1]}, &(struct ends){to[0], from[1]});
}

static double measure_unix(const struct row *row)
{
	int s[2];

	(void)row;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0)
		row_unavailable("socketpair");
	return measure_pair(&(struct ends){s[0], s[0]}, &(struct ends){s[1], s[1]});
}

static int no_delay(int fd)
{
	int on = 1;

	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static double measure_tcp(const struct row *row)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int here = socket(AF_INET, SOCK_STREAM, 0);
	int there;

	(void)row;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (server < 0 || here < 0 || bind(server, (struct sockaddr *)&address, size) < 0 ||
	    listen(server, 1) < 0 || getsockname(server, (struct sockaddr *)&address, &size) < 0 ||
	    connect(here, (struct sockaddr *)&address, size) < 0)
		row_unavailable("TCP on the loopback");
	there = accept(server, NULL, NULL);
	if (there < 0 || no_delay(here) < 0 || no_delay(there) < 0)
		row_unavailable("TCP on the loopback");
	return measure_pair(&(struct ends){here, here}, &(struct ends){there, there});
}

const struct row ipc_rows[] = {
	{"pipe", "us", measure_pipe, 0, 0},
	{"unix", "us", measure_unix, 0, 0},
	{"tcp", "us", measure_tcp, 0, 0},
	{0},
};
