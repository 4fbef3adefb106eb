// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * collapse.c - 2 MiB folios under guest physical memory.
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: never fails; MADV_COLLAPSE (host 6.1) works even where
 * transparent huge pages of shmem are switched off.
 */
#include "physmem.h"

#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE (2ull << 20)

void physmem_collapse(struct physmem *mem, uint64_t gpa, uint64_t len)
{
	uint64_t start = gpa & ~(HUGE - 1);
	uint64_t end = (gpa + len + HUGE - 1) & ~(HUGE - 1);
	uint8_t *host = physmem_range(mem, start, end - start);

	if (!host)
		return;
	madvise(host, end - start, MADV_HUGEPAGE);
	mem->huge = madvise(host, end - start, MADV_COLLAPSE) == 0;
}
