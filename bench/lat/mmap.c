// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmap.c - rows of mapping and unmapping.
 */
#include <sys/mman.h>

#include "lat.h"

#define SMALL  65536u
#define LARGE  (4u << 20)
#define STRIDE (10u * 4096u)

static uint64_t loop_empty(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		void *area = mmap(NULL, SMALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				  -1, 0);

		if (area == MAP_FAILED)
			row_unavailable("mmap");
		munmap(area, SMALL);
	}
	return now_ns() - start;
}

static double measure_empty(const struct row *row)
{
	(void)row;
	return loop_min(loop_empty, NULL);
}

/* As lat_mmap: every tenth page of the file is read between the two calls. */
static uint64_t loop_file(uint64_t n, void *arg)
{
	int fd = *(int *)arg;
	uint64_t start = now_ns(), total = 0;

	while (n--) {
		volatile char *area = mmap(NULL, LARGE, PROT_READ, MAP_SHARED, fd, 0);

		if (area == MAP_FAILED)
			row_unavailable("mmap");
		for (size_t at = 0; at < LARGE; at += STRIDE)
			total += (uint64_t)area[at];
		munmap((void *)area, LARGE);
	}
	use(total);
	return now_ns() - start;
}

static double measure_file(const struct row *row)
{
	int fd = work_file("mmap", LARGE);

	(void)row;
	return loop_min(loop_file, &fd);
}

const struct row mmap_rows[] = {
	{"mmap_munmap", "ns", measure_empty, 0, 0},
	{"mmap_file_4m", "us", measure_file, 0, 0},
	{0},
};
