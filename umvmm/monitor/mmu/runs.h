/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runs.h - what is mapped at user addresses, here and in the user sibling.
 *
 * Runs: monitor, private to the context.
 */
#ifndef MONITOR_MMU_RUNS_H
#define MONITOR_MMU_RUNS_H

#include "mmu.h"

struct runs;
/* This process's, and its user sibling's. */
extern struct runs own_runs, sibling_runs;

/* What a fill is: */
#define RUN_USER 1u /* of pages that user code may touch */
#define RUN_TEXT 2u /* a rewritten copy */

/* A fill of `pages` pages from physmem offset `off`; not if the set is full. */
void runs_add(struct runs *set, gva_t va, uint64_t pages, uint64_t off, int prot,
	      unsigned int kind);
/* These user addresses are not mapped any more; not if the set is full. */
void runs_remove(struct runs *set, gva_t start, gva_t end);
/* All user mappings are gone. */
void runs_clear(struct runs *set);
/* Is there no room for one change more? Then flush all. */
int runs_full(const struct runs *set);
unsigned int runs_count(const struct runs *set);
/*
 * Of [*start, *end) around va, whose page is at `off`: what is mapped there already, with
 * other rights, gets these in place. 0, or -1 if it is not mapped, or the host refuses.
 */
int runs_permit(struct runs *set, gva_t va, gva_t *start, gva_t *end, uint64_t off, int prot);
/*
 * The guest flushes its TLB: keep what its tables still say, take rights away
 * where they became fewer, unmap the rest. 0, or -1 when unmapping everything is
 * better, or needed (then it must be done: nothing is left over).
 */
int runs_revalidate(struct runs *set);
/* The same for user addresses of this range; rights may also become more. */
int runs_flush(struct runs *set, gva_t start, gva_t end);
/* This page, if it is mapped, keeps no more than these rights, or goes: 0, or -1 as above. */
int runs_limit(struct runs *set, gva_t page, int prot);

#endif
