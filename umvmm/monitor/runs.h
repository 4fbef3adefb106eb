/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runs.h - what is mapped at user addresses, here and in the user sibling.
 *
 * Runs: monitor, private to the context.
 */
#ifndef MONITOR_RUNS_H
#define MONITOR_RUNS_H

#include "mmu.h"

struct runs;
/* This process's, and its user sibling's. */
extern struct runs own_runs, sibling_runs;

/* What a fill is: */
#define RUN_USER 1u /* of pages that user code may touch */
#define RUN_TEXT 2u /* a rewritten copy */

/* A fill of `pages` pages from physmem offset `off`. */
void runs_add(struct runs *set, gva_t va, uint64_t pages, uint64_t off, int prot,
	      unsigned int kind);
/* All user mappings are gone. */
void runs_clear(struct runs *set);
/*
 * The guest flushes its TLB: keep what its tables still say, take rights away
 * where they became fewer, unmap the rest. 0, or -1 when unmapping everything is
 * better (nothing is lost or left over then).
 */
int runs_revalidate(struct runs *set);

#endif
