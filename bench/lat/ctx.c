// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ctx.c - rows of the context switch: a token goes round a ring of processes.
 *
 * Each process reads the token from its pipe, sums an array of its own (the
 * working set), and writes the token to the next one's pipe. What one process
 * alone needs for a hop - the same pipes, the same sum, no switch - is measured
 * first and taken off.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lat.h"

#define PROCS_MAX 400

struct ring {
	int procs;
	size_t words;
	uint64_t *set; /* private to each process after fork() */
	int pipe[PROCS_MAX][2];
};

static uint64_t sum(const uint64_t *set, size_t words)
{
	uint64_t total = 0;

	for (size_t i = 0; i < words; i++)
		total += set[i];
	return total;
}

/* Take the token from pipe number from, work, hand it to pipe number to. */
static int hop(const struct ring *ring, int from, int to)
{
	char token;

	if (read(ring->pipe[from][0], &token, 1) != 1)
		return -1;
	use(sum(ring->set, ring->words));
	return write(ring->pipe[to][1], &token, 1) == 1 ? 0 : -1;
}

static void member(const struct ring *ring, int index)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < ring->words; i++)
		ring->set[i] = i; /* pages of its own */
	while (hop(ring, index, (index + 1) % ring->procs) == 0)
		;
	_exit(0);
}

/* The token through all pipes, one process: n hops. */
static uint64_t loop_alone(uint64_t n, void *arg)
{
	const struct ring *ring = arg;
	uint64_t start;
	int at = 0;

	if (write(ring->pipe[0][1], "", 1) != 1)
		row_unavailable("pipe");
	start = now_ns();
	while (n--) {
		int next = (at + 1) % ring->procs;

		if (hop(ring, at, next) < 0)
			row_unavailable("pipe");
		at = next;
	}
	start = now_ns() - start;
	if (read(ring->pipe[at][0], &(char){0}, 1) != 1)
		row_unavailable("pipe");
	return start;
}

/* n rounds; this process is number 0 of the ring. */
static uint64_t loop_ring(uint64_t n, void *arg)
{
	const struct ring *ring = arg;
	uint64_t start = now_ns();

	for (; n; n--) {
		if (write(ring->pipe[1][1], "", 1) != 1 ||
		    read(ring->pipe[0][0], &(char){0}, 1) != 1)
			row_unavailable("ring");
		use(sum(ring->set, ring->words));
	}
	return now_ns() - start;
}

static double measure_ctx(const struct row *row)
{
	struct ring ring = {.procs = (int)row->arg};
	double alone, switched;

	ring.words = (size_t)row->arg2 * 1024 / sizeof(uint64_t);
	ring.set = calloc(ring.words + 1, sizeof(uint64_t));
	if (!ring.set)
		row_unavailable("memory");
	for (size_t i = 0; i < ring.words; i++)
		ring.set[i] = i;
	for (int i = 0; i < ring.procs; i++)
		if (pipe(ring.pipe[i]) < 0)
			row_unavailable("pipe");
	alone = loop_min(loop_alone, &ring);
	for (int i = 1; i < ring.procs; i++) {
		pid_t pid = fork();

		if (pid < 0)
			row_unavailable("fork");
		if (pid == 0)
			member(&ring, i);
	}
	switched = loop_min(loop_ring, &ring) / ring.procs;
	if (switched <= alone)
		row_unavailable_because("a hop without a switch took as long: noise");
	return switched - alone;
}

const struct row ctx_rows[] = {
	{"ctx_2_0k", "us", measure_ctx, 2, 0},
	{"ctx_2_16k", "us", measure_ctx, 2, 16},
	{"ctx_8_0k", "us", measure_ctx, 8, 0},
	{"ctx_8_16k", "us", measure_ctx, 8, 16},
	{"ctx_24_0k", "us", measure_ctx, 24, 0},
	{"ctx_24_16k", "us", measure_ctx, 24, 16},
	{"ctx_400_0k", "us", measure_ctx, 400, 0},
	{0},
};
