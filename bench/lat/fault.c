// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault.c - rows of page faults, each per page of 4 KiB.
 *
 * Must hold: no huge pages, or one fault would be counted as 512.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

#define PAGES 1024u
#define PAGE  4096u

static char *map(int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (area == MAP_FAILED)
		row_unavailable("mmap");
	madvise(area, PAGES * PAGE, MADV_NOHUGEPAGE);
	return area;
}

/* Store into n pages, each `step` pages behind the one before, round and round. */
static uint64_t touch(volatile char *area, uint64_t n, uint64_t step)
{
	uint64_t start = now_ns();

	for (uint64_t i = 0; i < n; i++)
		area[i * step % PAGES * PAGE] = 1;
	return now_ns() - start;
}

static uint64_t loop_anon(uint64_t n, void *arg)
{
	const uint64_t *step = arg;
	uint64_t took = 0;

	while (n) {
		uint64_t part = n < PAGES ? n : PAGES;
		char *area = map(-1);

		took += touch(area, part, *step);
		munmap(area, PAGES * PAGE);
		n -= part;
	}
	return took;
}

static double measure_anon(const struct row *row)
{
	uint64_t step = (uint64_t)row->arg;

	return loop_min(loop_anon, &step);
}

/* Whole rounds of mmap, touch all, munmap. */
static uint64_t loop_cycle(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		char *area = map(-1);

		touch(area, PAGES, 1);
		munmap(area, PAGES * PAGE);
	}
	return now_ns() - start;
}

static double measure_cycle(const struct row *row)
{
	(void)row;
	return loop_min(loop_cycle, NULL) / PAGES;
}

struct file {
	int fd;
	uint32_t order[PAGES];
};

/* Load from every page of the file, in an order that no read-ahead guesses. */
static uint64_t loop_file(uint64_t n, void *arg)
{
	const struct file *file = arg;
	uint64_t took = 0, total = 0;

	while (n--) {
		volatile char *area = map(file->fd);
		uint64_t start = now_ns();

		for (unsigned int i = 0; i < PAGES; i++)
			total += (uint64_t)area[file->order[i] * PAGE];
		took += now_ns() - start;
		munmap((void *)area, PAGES * PAGE);
	}
	use(total);
	return took;
}

static double measure_file(const struct row *row)
{
	static struct file file;
	uint32_t seed = 1;

	(void)row;
	file.fd = work_file("fault", PAGES * PAGE);
	for (uint32_t i = 0; i < PAGES; i++) {
		uint32_t j;

		seed = seed * 1664525u + 1013904223u;
		j = (uint32_t)((uint64_t)seed * (i + 1) >> 32);
		file.order[i] = file.order[j];
		file.order[j] = i;
	}
	return loop_min(loop_file, &file) / PAGES;
}

/* A child stores to each page that it shares with its parent, in that order. */
static uint64_t loop_cow(uint64_t n, void *arg)
{
	const uint64_t *step = arg;
	uint64_t took = 0;
	volatile uint64_t *result = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *area = map(-1);

	touch(area, PAGES, 1);
	while (n--) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			*result = touch(area, PAGES, *step);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			row_unavailable("child");
		took += *result;
	}
	munmap(area, PAGES * PAGE);
	munmap((void *)result, PAGE);
	return took;
}

static double measure_cow(const struct row *row)
{
	uint64_t step = (uint64_t)row->arg;

	return loop_min(loop_cow, &step) / PAGES;
}

const struct row fault_rows[] = {
	{"fault_anon", "ns", measure_anon, 1, 0},
	{"fault_anon_mixed", "ns", measure_anon, 387, 0},
	{"fault_anon_cycle", "ns", measure_cycle, 0, 0},
	{"fault_file", "ns", measure_file, 0, 0},
	{"fault_cow", "ns", measure_cow, 1, 0},
	{"fault_cow_mixed", "ns", measure_cow, 387, 0},
	{0},
};
