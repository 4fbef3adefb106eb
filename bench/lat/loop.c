// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop.c - how often and how long: finds the iteration count, takes the minimum.
 *
 * Runs: in a row's process.
 *
 * Must hold: one repetition is far longer than the clock's resolution and than
 * one timer interrupt, yet short enough that some repetitions fall between
 * whatever else the machine does.
 */
#include "loop.h"

#include "lat.h"

uint64_t loop_target_ns = 8000000;

#define REPEAT_MIN   5
#define REPEAT_MAX   31
#define BUDGET_TIMES 30 /* all repetitions together, in targets */

/* Grow n until one repetition is long enough; this is also the warm-up. */
static uint64_t calibrate(loop_fn loop, void *arg)
{
	uint64_t n = 1;

	for (;;) {
		uint64_t took = loop(n, arg);
		uint64_t wanted;

		if (took >= loop_target_ns)
			return n;
		/* a first round is cold: do not believe it beyond a factor of 10 */
		wanted = took ? n * (loop_target_ns + loop_target_ns / 8) / took + 1 : n * 10;
		n = wanted > n * 10 ? n * 10 : wanted;
	}
}

double loop_min(loop_fn loop, void *arg)
{
	uint64_t n = calibrate(loop, arg);
	uint64_t best = UINT64_MAX, spent = 0;

	for (int i = 0; i < REPEAT_MAX; i++) {
		uint64_t took = loop(n, arg);

		if (took < best)
			best = took;
		spent += took;
		if (i + 1 >= REPEAT_MIN && spent > BUDGET_TIMES * loop_target_ns)
			break;
	}
	return (double)best / (double)n;
}
