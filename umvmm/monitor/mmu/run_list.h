/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_list.h - runs of pages, sorted by address: what one process has mapped.
 *
 * Runs: monitor, private to the context; unit tests.
 *
 * Must hold: runs do not overlap. A list of zeroes is empty.
 */
#ifndef MONITOR_MMU_RUN_LIST_H
#define MONITOR_MMU_RUN_LIST_H

#include <paging.h>
#include <stdint.h>

/*
 * How many there may be. What does not fit in is flushed, with all else, and comes back by a
 * fault each: so this is as many as the host lets one process map with its usual limits, a
 * quarter of 65,530 (runs_full()).
 */
#define RUNS_MAX 16384u

#define RUNS_IN_CHUNK 64u
/* two thirds of a chunk are in use where runs come in any order */
#define CHUNKS_MAX (RUNS_MAX / RUNS_IN_CHUNK * 3 / 2)

struct run {
	uint64_t va;	/* page-aligned */
	uint64_t off;	/* in physmem */
	uint32_t pages; /* of 4 KiB; at least one */
	uint8_t prot;	/* PROT_* */
	uint8_t kind;	/* RUN_* (runs.h) */
};

/* Pieces of the list: so adding a run moves few others. Those that are not used are not touched. */
struct run_list {
	uint32_t count;	 /* of runs */
	uint32_t chunks; /* in use: order[0] to order[chunks - 1], none of them empty */
	uint32_t known;	 /* that have ever been: the rest of order[0 .. known - 1] is free */
	uint16_t order[CHUNKS_MAX];
	struct run_chunk {
		uint32_t count;
		struct run run[RUNS_IN_CHUNK];
	} chunk[CHUNKS_MAX];
};

static inline uint64_t run_end(const struct run *r)
{
	return r->va + r->pages * PAGE_SIZE;
}

/* The first run that ends behind va, or NULL. Good until the list changes. */
const struct run *run_list_find(const struct run_list *l, uint64_t va);
/*
 * Instead of what is there. It becomes one with a neighbour that is mapped as its continuation,
 * if `join` is set. There must be room.
 */
void run_list_add(struct run_list *l, const struct run *r, int join);
/* Nothing is at [start, end) any more. There must be room, as this can make two runs of one. */
void run_list_remove(struct run_list *l, uint64_t start, uint64_t end);
void run_list_clear(struct run_list *l);
/* Is there room for so many runs more, and not more than `most` then? At most RUNS_IN_CHUNK / 2. */
int run_list_room(const struct run_list *l, uint32_t more, uint32_t most);

#endif
