// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_run_list.c - the monitor's list of what is mapped, beside a plain array of pages.
 *
 * Runs: on the host, Check; the monitor's run_list.c is part of this program.
 */
#include <stdlib.h>
#include <string.h>

#include "../../umvmm/monitor/mmu/run_list.c"
#include "unit.h"

#define PAGE  4096ull
#define SPACE 60000u /* pages */

static struct run_list list;
/* What each page is mapped to: off / PAGE + 1, rights and kind; all 0: nothing. */
static struct {
	uint32_t page;
	uint8_t prot, kind;
} plain[SPACE];

static void reset(void)
{
	memset(&list, 0, sizeof(list));
	memset(plain, 0, sizeof(plain));
}

static void add(uint32_t at, uint32_t pages, uint32_t page, uint8_t prot, uint8_t kind, int join)
{
	const struct run r = { at * PAGE, page * PAGE, pages, prot, kind };

	run_list_add(&list, &r, join);
	for (uint32_t i = 0; i < pages; i++) {
		plain[at + i].page = page + i + 1;
		plain[at + i].prot = prot;
		plain[at + i].kind = kind;
	}
}

static void take(uint32_t at, uint32_t pages)
{
	run_list_remove(&list, at * PAGE, (at + pages) * PAGE);
	memset(&plain[at], 0, pages * sizeof(plain[0]));
}

/* Check takes long to count an assertion: so each of these is one. */
static void check_order(void)
{
	uint32_t count = 0, wrong = 0;
	uint64_t end = 0;

	for (uint32_t at = 0; at < list.chunks; at++) {
		const struct run_chunk *c = &list.chunk[list.order[at]];

		wrong += c->count == 0 || c->count > RUNS_IN_CHUNK;
		for (uint32_t i = 0; i < c->count; i++) {
			wrong += c->run[i].va < end || !c->run[i].pages;
			end = run_end(&c->run[i]);
		}
		count += c->count;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(count, list.count);
}

/* Each page is found, and no other. */
static void check_pages(void)
{
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < SPACE; i++) {
		const struct run *r = run_list_find(&list, i * PAGE);

		if (!plain[i].page)
			wrong += r && r->va <= i * PAGE;
		else
			wrong += !r || r->va > i * PAGE || run_end(r) <= i * PAGE ||
				 (r->off + i * PAGE - r->va) / PAGE + 1 != plain[i].page ||
				 r->prot != plain[i].prot || r->kind != plain[i].kind;
	}
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(random_changes)
{
	reset();
	srandom((unsigned int)_i);
	for (unsigned int n = 0; n < 60000; n++) {
		const uint32_t at = (uint32_t)random() % (SPACE - 64), pages = (uint32_t)random() % 32 + 1;

		if (!run_list_room(&list, 3, RUNS_MAX))
			ck_abort_msg("no room for run %u", list.count);
		if (random() % 8 == 0)
			take(at, pages * 2);
		else /* often the continuation of others */
			add(at, pages, at + (random() % 4 ? 0 : 7), (uint8_t)(random() % 2), 1,
			    random() % 4 != 0);
		if (n % 5000 == 0) {
			check_order();
			check_pages();
		}
	}
	check_order();
	check_pages();
	take(0, SPACE);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_uint_eq(list.chunks, 0);
}
END_TEST

/* Single pages that nothing joins, in these orders, until it is full: then it holds almost all. */
static uint32_t upwards(uint32_t i)
{
	return 2 * i;
}

static uint32_t downwards(uint32_t i)
{
	return SPACE - 2 - 2 * i;
}

static uint32_t mixed(uint32_t i)
{
	return 2 * (i * 7919 % 20011); /* primes */
}

static uint32_t (*const orders[])(uint32_t) = { upwards, downwards, mixed };

START_TEST(fills_up)
{
	uint32_t n = 0;

	reset();
	for (; run_list_room(&list, 3, RUNS_MAX); n++)
		add(orders[_i](n), 1, n, 3, 1, 1);
	ck_assert_uint_gt(n, RUNS_MAX / 8 * 7);
	check_order();
	check_pages();
	run_list_clear(&list);
	memset(plain, 0, sizeof(plain));
	check_pages();
	add(5, 1, 5, 3, 1, 1);
	check_order();
	check_pages();
}
END_TEST

START_TEST(limit)
{
	reset();
	for (uint32_t n = 0; n < 97; n++) {
		ck_assert(run_list_room(&list, 3, 100));
		add(2 * n, 1, n, 3, 1, 1);
	}
	add(2 * 97, 1, 97, 3, 1, 1);
	ck_assert(!run_list_room(&list, 3, 100));
}
END_TEST

START_TEST(neighbours_join)
{
	reset();
	add(10, 1, 10, 3, 1, 1);
	add(12, 1, 12, 3, 1, 1);
	add(11, 1, 11, 3, 1, 1);
	ck_assert_uint_eq(list.count, 1);
	add(13, 1, 13, 1, 1, 1); /* other rights */
	add(9, 1, 9, 3, 2, 1);	 /* another kind */
	add(14, 1, 20, 1, 1, 1); /* other memory */
	ck_assert_uint_eq(list.count, 4);
	add(15, 1, 21, 1, 1, 0); /* must not */
	ck_assert_uint_eq(list.count, 5);
	check_pages();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("run_list");

	tcase_add_loop_test(t, random_changes, 1, 7);
	tcase_add_loop_test(t, fills_up, 0, 3);
	tcase_add_test(t, limit);
	tcase_add_test(t, neighbours_join);
	return unit_run(t);
}
