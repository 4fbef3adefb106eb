// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mem.c - rows of memory bandwidth over 8 MiB, in bytes moved for the program:
 * a copy of 8 MiB counts 8 MiB.
 */
#include <stdlib.h>
#include <string.h>

#include "lat.h"

#define SIZE  (8u << 20)
#define WORDS (SIZE / sizeof(uint64_t))

struct area {
	uint64_t *from, *to;
};

static uint64_t loop_read(uint64_t n, void *arg)
{
	const struct area *area = arg;
	uint64_t start = now_ns(), a = 0, b = 0, c = 0, d = 0;

	while (n--) {
		for (size_t i = 0; i < WORDS; i += 4) {
			a += area->from[i];
			b += area->from[i + 1];
			c += area->from[i + 2];
			d += area->from[i + 3];
		}
		use(a + b + c + d);
	}
	return now_ns() - start;
}

static uint64_t loop_write(uint64_t n, void *arg)
{
	const struct area *area = arg;
	uint64_t start = now_ns();

	while (n--) {
		for (size_t i = 0; i < WORDS; i += 4) {
			area->to[i] = n;
			area->to[i + 1] = n;
			area->to[i + 2] = n;
			area->to[i + 3] = n;
		}
		use((uintptr_t)area->to);
	}
	return now_ns() - start;
}

static uint64_t loop_copy(uint64_t n, void *arg)
{
	const struct area *area = arg;
	uint64_t start = now_ns();

	while (n--) {
		memcpy(area->to, area->from, SIZE);
		use((uintptr_t)area->to);
	}
	return now_ns() - start;
}

static double measure(const struct row *row)
{
	static const loop_fn loops[] = {loop_read, loop_write, loop_copy};
	struct area area = {aligned_alloc(4096, SIZE), aligned_alloc(4096, SIZE)};

	if (!area.from || !area.to)
		row_unavailable("memory");
	memset(area.from, 1, SIZE);
	memset(area.to, 2, SIZE);
	return SIZE * 1000.0 / loop_min(loops[row->arg], &area);
}

const struct row mem_rows[] = {
	{"bw_read_8m", "MB/s", measure, 0, 0},
	{"bw_write_8m", "MB/s", measure, 1, 0},
	{"bw_copy_8m", "MB/s", measure, 2, 0},
	{0},
};
