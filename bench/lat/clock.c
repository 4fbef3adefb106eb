// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clock.c - rows of reading the clock, which need no system call if the vDSO
 * works.
 */
#include <sys/time.h>

#include "lat.h"

static uint64_t loop_clock(uint64_t n, void *arg)
{
	uint64_t start = now_ns();
	struct timespec ts;

	(void)arg;
	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &ts);
	return now_ns() - start;
}

static uint64_t loop_day(uint64_t n, void *arg)
{
	uint64_t start = now_ns();
	struct timeval tv;

	(void)arg;
	while (n--)
		gettimeofday(&tv, NULL);
	return now_ns() - start;
}

static double measure(const struct row *row)
{
	return loop_min(row->arg ? loop_day : loop_clock, NULL);
}

const struct row clock_rows[] = {
	{"clock_gettime", "ns", measure, 0, 0},
	{"gettimeofday", "ns", measure, 1, 0},
	{0},
};
