// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu.c - rows that only compute: no system call, no fault, all in cache.
 */
#include "lat.h"

#define ITEMS 4096
#define DIM   32

/* Sort, search, hash: branches that depend on data, loads, shifts, multiplies. */
static uint64_t loop_int(uint64_t n, void *arg)
{
	static uint32_t items[ITEMS];
	uint64_t start = now_ns();
	uint32_t seed = 1;
	uint64_t hash = 0;

	(void)arg;
	while (n--) {
		for (int i = 0; i < ITEMS; i++) {
			seed ^= seed << 13;
			seed ^= seed >> 17;
			seed ^= seed << 5;
			items[i] = seed;
		}
		/* shell sort: short, no recursion, no library */
		for (int gap = ITEMS / 2; gap; gap /= 2)
			for (int i = gap; i < ITEMS; i++) {
				uint32_t item = items[i];
				int j = i;

				for (; j >= gap && items[j - gap] > item; j -= gap)
					items[j] = items[j - gap];
				items[j] = item;
			}
		for (int i = 0; i < ITEMS; i++)
			hash = (hash ^ items[i]) * 1099511628211ull;
	}
	use(hash);
	return now_ns() - start;
}

static uint64_t loop_fp(uint64_t n, void *arg)
{
	static double a[DIM][DIM], b[DIM][DIM], c[DIM][DIM];
	uint64_t start;

	(void)arg;
	for (int i = 0; i < DIM; i++)
		for (int j = 0; j < DIM; j++) {
			a[i][j] = (i + 1) / (j + 2.0);
			b[i][j] = i == j;
		}
	start = now_ns();
	while (n--) {
		for (int i = 0; i < DIM; i++)
			for (int j = 0; j < DIM; j++) {
				double total = 0;

				for (int k = 0; k < DIM; k++)
					total += a[i][k] * b[k][j];
				c[i][j] = total / (1 + total * total);
			}
		use((uintptr_t)c);
	}
	return now_ns() - start;
}

static double measure(const struct row *row)
{
	return loop_min(row->arg ? loop_fp : loop_int, NULL);
}

const struct row cpu_rows[] = {
	{"cpu_int", "us", measure, 0, 0},
	{"cpu_fp", "us", measure, 1, 0},
	{0},
};
