// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmap.c - rows of mapping and unmapping.
 */
#include <sys/mman.h>

#include "lat.h"

#define SMALL  65536u
#define STRIDE (10u * 4096u)
#define PAGE   4096u
#define PAGES  1024u
#define PIECES 8192u

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

struct file {
	int fd;
	size_t size;
};

/* As lat_mmap: every tenth page of the file is read between the two calls. */
static uint64_t loop_file(uint64_t n, void *arg)
{
	const struct file *file = arg;
	uint64_t start = now_ns(), total = 0;

	while (n--) {
		volatile char *area = mmap(NULL, file->size, PROT_READ, MAP_SHARED, file->fd, 0);

		if (area == MAP_FAILED)
			row_unavailable("mmap");
		for (size_t at = 0; at < file->size; at += STRIDE)
			total += (uint64_t)area[at];
		munmap((void *)area, file->size);
	}
	use(total);
	return now_ns() - start;
}

static double measure_file(const struct row *row)
{
	struct file file = {.size = (size_t)row->arg << 20};

	file.fd = work_file("mmap", file.size);
	return loop_min(loop_file, &file);
}

static char *map_pages(void)
{
	char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		row_unavailable("mmap");
	madvise(area, PAGES * PAGE, MADV_NOHUGEPAGE);
	return area;
}

/* Only munmap() is timed, of pages that were all stored to. */
static uint64_t loop_munmap(uint64_t n, void *arg)
{
	uint64_t took = 0;

	(void)arg;
	while (n--) {
		char *area = map_pages();
		uint64_t start;

		for (size_t at = 0; at < PAGES * PAGE; at += PAGE)
			((volatile char *)area)[at] = 1;
		start = now_ns();
		munmap(area, PAGES * PAGE);
		took += now_ns() - start;
	}
	return took;
}

static double measure_munmap(const struct row *row)
{
	(void)row;
	return loop_min(loop_munmap, NULL) / PAGES;
}

/* One page: stored to, given back by munmap(), and mapped anew where it was. */
static uint64_t loop_page(uint64_t n, void *arg)
{
	char *area = arg;
	uint64_t start = now_ns();

	while (n--) {
		*(volatile char *)area = 1;
		munmap(area, PAGE);
		if (mmap(area, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			row_unavailable("mmap");
	}
	return now_ns() - start;
}

static double measure_page(const struct row *row)
{
	(void)row;
	return loop_min(loop_page, map_pages() + PAGES / 2 * PAGE);
}

/* Rights of one page: taken away, given back, and used. */
static uint64_t loop_protect(uint64_t n, void *arg)
{
	char *page = arg;
	uint64_t start = now_ns();

	while (n--) {
		if (mprotect(page, PAGE, PROT_READ) < 0 ||
		    mprotect(page, PAGE, PROT_READ | PROT_WRITE) < 0)
			row_unavailable("mprotect");
		*(volatile char *)page = 1;
	}
	return now_ns() - start;
}

static double measure_protect(const struct row *row)
{
	(void)row;
	return loop_min(loop_protect, map_pages());
}

/* Every second page given back: as many mappings as may be. */
static uint64_t loop_pieces(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		char *area = mmap(NULL, 2 * PIECES * PAGE, PROT_READ,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (area == MAP_FAILED)
			row_unavailable("mmap");
		for (size_t i = 0; i < PIECES; i++)
			munmap(area + 2 * i * PAGE, PAGE);
		munmap(area, 2 * PIECES * PAGE);
	}
	return now_ns() - start;
}

static double measure_pieces(const struct row *row)
{
	(void)row;
	return loop_min(loop_pieces, NULL) / PIECES;
}

const struct row mmap_rows[] = {
	{"mmap_munmap", "ns", measure_empty, 0, 0},
	{"mmap_file_4m", "us", measure_file, 4, 0},
	{"mmap_file_16m", "us", measure_file, 16, 0},
	{"munmap_touched", "ns", measure_munmap, 0, 0},
	{"munmap_page", "ns", measure_page, 0, 0},
	{"munmap_pieces", "ns", measure_pieces, 0, 0},
	{"mprotect_write", "ns", measure_protect, 0, 0},
	{0},
};
