// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * choose.c - which chunks of guest memory are worth a 2 MiB folio.
 *
 * Runs: anywhere; pure.
 * Must hold: collapsing a chunk makes the pages resident that were not, so
 * what the chosen ones add together is bounded: by 1/8 for the dense ones, by
 * the budget for the others.
 */
#include "choose.h"

#include <stdlib.h>

static int densest_first(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	if (x->resident != y->resident)
		return x->resident > y->resident ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

size_t choose_chunks(struct chunk *chunk, size_t count, uint64_t budget)
{
	size_t wanted = 0;

	/* what is too thin to be looked at goes behind, before the sort */
	for (size_t i = 0; i < count; i++)
		if (chunk[i].resident >= CHUNK_MIN) {
			struct chunk c = chunk[i];

			chunk[i] = chunk[wanted];
			chunk[wanted++] = c;
		}
	qsort(chunk, wanted, sizeof(*chunk), densest_first);
	for (size_t i = 0; i < wanted; i++) {
		uint64_t cost = CHUNK_PAGES - chunk[i].resident;

		if (chunk[i].resident < CHUNK_DENSE && cost > budget)
			return i; /* those behind it cost as much or more */
		budget -= cost < budget ? cost : budget;
	}
	return wanted;
}
