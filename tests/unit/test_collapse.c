// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_collapse.c - which chunks of guest memory get a 2 MiB folio, and that
 * collapsing one changes nothing in it.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <stdlib.h>
#include <string.h>

#include <physmem/choose.h>

#include "unit.h"

#define MANY 1000

static size_t choose(struct chunk *chunk, const uint16_t *resident, size_t count, uint64_t budget)
{
	for (size_t i = 0; i < count; i++)
		chunk[i] = (struct chunk){ (uint32_t)i, resident[i] };
	return choose_chunks(chunk, count, budget);
}

START_TEST(thin_ones_are_left_alone)
{
	const uint16_t resident[] = { 0, 1, CHUNK_MIN - 1 };
	struct chunk chunk[3];

	ck_assert_uint_eq(choose(chunk, resident, 3, 1u << 20), 0);
	ck_assert_uint_eq(choose(chunk, resident, 0, 1u << 20), 0);
}
END_TEST

START_TEST(densest_first)
{
	const uint16_t resident[] = { 200, 5, 512, 300, CHUNK_MIN, 300, 448 };
	const uint32_t want[] = { 2, 6, 3, 5, 0, 4 };
	struct chunk chunk[7];

	ck_assert_uint_eq(choose(chunk, resident, 7, 1u << 20), 6);
	for (unsigned int i = 0; i < 6; i++)
		ck_assert_uint_eq(chunk[i].index, want[i]);
}
END_TEST

START_TEST(budget_ends_with_the_sparse_ones)
{
	const uint16_t resident[] = { 212, 412, 312 };
	struct chunk chunk[3];

	ck_assert_uint_eq(choose(chunk, resident, 3, 99), 0);
	ck_assert_uint_eq(choose(chunk, resident, 3, 100), 1);
	ck_assert_uint_eq(choose(chunk, resident, 3, 299), 1);
	ck_assert_uint_eq(choose(chunk, resident, 3, 300), 2);
	ck_assert_uint_eq(choose(chunk, resident, 3, 600), 3);
}
END_TEST

START_TEST(dense_ones_need_no_budget)
{
	const uint16_t resident[] = { CHUNK_DENSE, CHUNK_DENSE - 1, 512, 511 };
	struct chunk chunk[4];

	ck_assert_uint_eq(choose(chunk, resident, 4, 0), 3);
	for (unsigned int i = 0; i < 3; i++)
		ck_assert_uint_ge(chunk[i].resident, CHUNK_DENSE);
}
END_TEST

/* Whatever is resident: the added pages are bounded, and nothing gets lost. */
START_TEST(bound_holds)
{
	static struct chunk chunk[MANY];
	static uint16_t resident[MANY];

	srandom(1);
	for (unsigned int round = 0; round < 200; round++) {
		uint64_t budget = (uint64_t)random() % 5000, sparse = 0;
		bool seen[MANY] = { false };
		size_t n;

		for (unsigned int i = 0; i < MANY; i++)
			resident[i] = (uint16_t)(random() % (CHUNK_PAGES + 1));
		n = choose(chunk, resident, MANY, budget);
		for (size_t i = 0; i < MANY; i++) {
			ck_assert(!seen[chunk[i].index]);
			seen[chunk[i].index] = true;
			ck_assert_uint_eq(chunk[i].resident, resident[chunk[i].index]);
			if (i < n)
				ck_assert_uint_ge(chunk[i].resident, CHUNK_MIN);
			else
				ck_assert_uint_lt(chunk[i].resident, CHUNK_DENSE);
			if (i < n && chunk[i].resident < CHUNK_DENSE)
				sparse += CHUNK_PAGES - chunk[i].resident;
		}
		ck_assert_uint_le(sparse, budget);
	}
}
END_TEST

START_TEST(contents_stay)
{
	struct physmem mem;
	uint8_t *byte;
	int err;

	ck_assert_int_eq(physmem_create(&mem, NULL, 4 * CHUNK_SIZE), 0);
	ck_assert_int_eq(physmem_chunk_resident(&mem, 1), 0);
	byte = physmem_range(&mem, CHUNK_SIZE, CHUNK_SIZE);
	for (unsigned int i = 0; i < CHUNK_PAGES; i += 2)
		byte[i * 4096 + i] = (uint8_t)(i | 1);
	ck_assert_int_eq(physmem_chunk_resident(&mem, 1), CHUNK_PAGES / 2);
	ck_assert_uint_eq(physmem_resident(&mem), CHUNK_PAGES / 2);
	err = physmem_collapse_chunk(&mem, 1, CHUNK_PAGES / 2);
	for (unsigned int i = 0; i < CHUNK_PAGES; i++)
		ck_assert_uint_eq(byte[i * 4096 + i], i % 2 ? 0 : (uint8_t)(i | 1));
	if (!err) {
		ck_assert(mem.collapsed[1]);
		ck_assert_uint_eq(mem.chunks_collapsed, 1);
		ck_assert_uint_eq(mem.pages_added, CHUNK_PAGES / 2);
		ck_assert_int_eq(physmem_chunk_resident(&mem, 1), CHUNK_PAGES);
		ck_assert_int_eq(physmem_clear(&mem), 0);
		ck_assert(!mem.collapsed[1]);
		ck_assert_int_eq(physmem_chunk_resident(&mem, 1), 0);
	}
	/* a range that is no RAM, or ends outside */
	physmem_collapse(&mem, GPA_HOLE_START, 4096);
	physmem_collapse(&mem, 4 * CHUNK_SIZE - 4096, 8192);
	ck_assert_int_eq(physmem_chunk_resident(&mem, 3), 0);
	physmem_destroy(&mem);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("collapse");

	tcase_add_test(tcase, thin_ones_are_left_alone);
	tcase_add_test(tcase, densest_first);
	tcase_add_test(tcase, budget_ends_with_the_sparse_ones);
	tcase_add_test(tcase, dense_ones_need_no_budget);
	tcase_add_test(tcase, bound_holds);
	tcase_add_test(tcase, contents_stay);
	return unit_run(tcase);
}
