// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * collapse.c - 2 MiB folios under guest physical memory.
 *
 * Runs: in the manager: its main thread while no guest runs, then the thread
 * of umvmm/machine/huge.c alone (the counters are read by the main thread).
 * Must hold: never changes what is in the memory, and works while the guest
 * runs: the host unmaps the old pages everywhere and contexts fault again.
 * MADV_COLLAPSE (host 6.1) works even where transparent huge pages of shmem
 * are switched off. There is no MADV_HUGEPAGE here: where the host honours it,
 * one touched byte would cost 2 MiB.
 */
#include "physmem.h"

#include <errno.h>
#include <paging.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

static uint8_t *chunk_address(const struct physmem *mem, uint32_t chunk)
{
	return mem->base + (uint64_t)chunk * CHUNK_SIZE;
}

/* Hosts before 6.5. */
static int resident_by_mincore(const struct physmem *mem, uint32_t chunk)
{
	unsigned char in[CHUNK_PAGES];
	int n = 0;

	if (mincore(chunk_address(mem, chunk), CHUNK_SIZE, in) < 0)
		return -errno;
	for (unsigned int i = 0; i < CHUNK_PAGES; i++)
		n += in[i] & 1;
	return n;
}

int physmem_chunk_resident(const struct physmem *mem, uint32_t chunk)
{
	struct {
		uint64_t start, len;
	} range = {(uint64_t)chunk * CHUNK_SIZE, CHUNK_SIZE};
	struct {
		uint64_t cache, dirty, writeback, evicted, recently_evicted;
	} found;

	if (syscall(SYS_cachestat, mem->fd, &range, &found, 0) < 0)
		return resident_by_mincore(mem, chunk);
	return found.cache > CHUNK_PAGES ? (int)CHUNK_PAGES : (int)found.cache;
}

uint64_t physmem_resident(const struct physmem *mem)
{
	struct stat st;

	return fstat(mem->fd, &st) < 0 ? 0 : (uint64_t)st.st_blocks / (PAGE_SIZE / 512);
}

static void account(struct physmem *mem, uint32_t chunk, unsigned int added)
{
	if (mem->collapsed[chunk])
		return;
	mem->collapsed[chunk] = true;
	mem->chunks_collapsed++;
	mem->pages_added += added;
}

int physmem_collapse_chunk(struct physmem *mem, uint32_t chunk, unsigned int added)
{
	if (madvise(chunk_address(mem, chunk), CHUNK_SIZE, MADV_COLLAPSE) < 0)
		return -errno;
	account(mem, chunk, added);
	return 0;
}

/* How many pages of the chunk [start, end) does not cover. */
static unsigned int pages_outside(uint32_t chunk, uint64_t start, uint64_t end)
{
	uint64_t from = (uint64_t)chunk * CHUNK_SIZE, to = from + CHUNK_SIZE;

	if (from < start)
		from = start & ~(uint64_t)(PAGE_SIZE - 1);
	if (to > end)
		to = (end + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
	return CHUNK_PAGES - (unsigned int)((to - from) / PAGE_SIZE);
}

void physmem_collapse(struct physmem *mem, uint64_t gpa, uint64_t len)
{
	const uint8_t *host = physmem_range(mem, gpa, len);
	uint32_t first, last, chunk;
	uint64_t start, end;

	if (!host)
		return;
	start = (uint64_t)(host - mem->base);
	end = start + len;
	first = (uint32_t)(start / CHUNK_SIZE);
	last = (uint32_t)((end - 1) / CHUNK_SIZE);
	/* a chunk without any page is refused */
	for (chunk = first; chunk <= last; chunk++)
		(void)*(volatile uint8_t *)chunk_address(mem, chunk);
	/* One call for all: in each, the host waits for all of its CPUs. */
	if (madvise(chunk_address(mem, first), (last - first + 1) * CHUNK_SIZE, MADV_COLLAPSE) < 0)
		return;
	for (chunk = first; chunk <= last; chunk++)
		account(mem, chunk, pages_outside(chunk, start, end));
}
