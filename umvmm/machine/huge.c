// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * huge.c - 2 MiB host pages under the parts of guest memory that are in use.
 *
 * Every context has host page tables of its own, so each of them pays a host
 * fault for the first touch of each page through the guest kernel's direct map.
 * Where one 2 MiB folio lies beneath, it is one fault for 512 pages.
 *
 * Runs: huge_load*() in the manager's main thread before the first guest
 * instruction; then a thread of the manager, like the kernel's khugepaged.
 * Must hold: never fails the VM. Adds at most HUGE_BUDGET pages, and an eighth
 * to memory that is nearly all in use (physmem/choose.h). An idle guest costs
 * one fstat() every few seconds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/choose.h>
#include <umvmm/base/futex.h>

#include "machine.h"

#define HUGE_BUDGET  (12 * MIB / 4096) /* pages */
#define MS	     1000000ll
#define YOUNG_NS     (2000 * MS) /* a guest boots and starts its services */
#define SCAN_YOUNG   (20 * MS)
#define SCAN_BUSY    (200 * MS)
#define SCAN_IDLE    (6400 * MS)
#define SCAN_SHARE   50	 /* a scan takes at most one part in so many of the time */
/*
 * To collapse a chunk the host takes it from each context that has touched it. With hundreds
 * of them that takes milliseconds, in which those that need it wait.
 */
#define LONG_NS	     (2 * MS)
#define CHUNK_SHARE  20
#define FAILURES_MAX 256 /* one after the other, of any kind: it does not work here */
#define REST_SCANS   32	 /* a chunk that was refused is left alone for so many scans */

struct scan {
	struct machine *m;
	struct chunk *chunk; /* room for all */
	uint8_t *rest;	     /* for each: scans to leave it alone */
	uint64_t resident;   /* pages at the last scan */
	unsigned int failures;
	bool memory_short;
};

void huge_load(struct machine *m, uint64_t kernel_start, uint64_t kernel_end)
{
	if (m->cfg->huge == HUGE_AUTO)
		physmem_collapse(&m->mem, kernel_start, kernel_end - kernel_start);
}

/*
 * Linux takes its early memory from the top of RAM, below the initial RAM disk:
 * struct page (64 bytes for each page), page tables and hash tables.
 */
void huge_load_top(struct machine *m, uint64_t initrd_start, uint64_t initrd_size)
{
	uint64_t early = m->mem.size / 64 + 2 * MIB, top = m->mem.size;

	if (m->cfg->huge != HUGE_AUTO)
		return;
	if (top > GPA_HOLE_START) {
		top += GPA_HOLE_END - GPA_HOLE_START;
		physmem_collapse(&m->mem, top - early, early);
		early = 0;
	}
	if (initrd_size && initrd_start > early)
		physmem_collapse(&m->mem, initrd_start - early, early + initrd_size);
	else if (early && top > early)
		physmem_collapse(&m->mem, top - early, early);
}

static size_t find_open_chunks(struct scan *s)
{
	const struct physmem *mem = &s->m->mem;
	size_t count = 0;

	for (uint32_t i = 0; i < mem->size / CHUNK_SIZE && !s->m->stop_threads; i++) {
		int resident;

		if (mem->collapsed[i])
			continue;
		if (s->rest[i]) {
			s->rest[i]--;
			continue;
		}
		resident = physmem_chunk_resident(mem, i);
		if (resident > 0)
			s->chunk[count++] = (struct chunk){i, (uint16_t)resident};
	}
	return count;
}

static void collapse_one(struct scan *s, const struct chunk *chunk)
{
	int err = physmem_collapse_chunk(&s->m->mem, chunk->index, CHUNK_PAGES - chunk->resident);

	if (!err) {
		s->failures = 0;
		return;
	}
	s->failures++;
	s->rest[chunk->index] = REST_SCANS;
	if (err == -ENOMEM)
		s->memory_short = true;
}

static void scan(struct scan *s)
{
	const uint64_t spent = s->m->mem.pages_added;
	size_t count = find_open_chunks(s);

	count = choose_chunks(s->chunk, count, spent < HUGE_BUDGET ? HUGE_BUDGET - spent : 0);
	s->memory_short = false;
	for (size_t i = 0; i < count && !s->memory_short && !s->m->stop_threads; i++) {
		int64_t start = monotonic_ns(), took;

		collapse_one(s, &s->chunk[i]);
		took = monotonic_ns() - start;
		if (took > LONG_NS)
			futex_wait_until(&s->m->huge_stop, 0,
					 monotonic_ns() + took * CHUNK_SHARE);
	}
	s->resident = physmem_resident(&s->m->mem);
}

/* How long to sleep after a look that found something new, or not. */
static int64_t next_interval(int64_t interval, int64_t age, bool changed)
{
	if (age < YOUNG_NS)
		return SCAN_YOUNG;
	if (changed || interval < SCAN_BUSY)
		return SCAN_BUSY;
	return interval * 2 < SCAN_IDLE ? interval * 2 : SCAN_IDLE;
}

static void *huge_thread(void *arg)
{
	struct machine *m = arg;
	size_t chunks = m->mem.size / CHUNK_SIZE;
	struct scan s = {
		.m = m,
		.chunk = calloc(chunks, sizeof(*s.chunk)),
		.rest = calloc(chunks, sizeof(*s.rest)),
	};
	int64_t start = monotonic_ns(), interval = SCAN_YOUNG, now = start;

	while (s.chunk && s.rest && s.failures < FAILURES_MAX && !m->stop_threads) {
		bool changed = physmem_resident(&m->mem) != s.resident;
		int64_t took;

		if (changed)
			scan(&s);
		took = monotonic_ns() - now;
		interval =
			s.memory_short ? SCAN_IDLE : next_interval(interval, now - start, changed);
		if (interval < took * SCAN_SHARE)
			interval = took * SCAN_SHARE < SCAN_IDLE ? took * SCAN_SHARE : SCAN_IDLE;
		futex_wait_until(&m->huge_stop, 0, monotonic_ns() + interval);
		now = monotonic_ns();
	}
	free(s.chunk);
	free(s.rest);
	return NULL;
}

void huge_start(struct machine *m)
{
	/* What could not be done for the kernel's image cannot be done at all. */
	if (m->cfg->huge != HUGE_AUTO || !m->mem.chunks_collapsed)
		return;
	m->huge_stop = 0;
	m->huge_runs = pthread_create(&m->huge_thread, NULL, huge_thread, m) == 0;
}

void huge_stop(struct machine *m)
{
	if (!m->huge_runs)
		return;
	__atomic_store_n(&m->huge_stop, 1, __ATOMIC_SEQ_CST);
	futex_wake(&m->huge_stop);
	pthread_join(m->huge_thread, NULL);
	m->huge_runs = false;
}
