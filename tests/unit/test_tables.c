// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_tables.c - the walk of the guest's page tables: sizes, what levels permit, tables
 * that are no memory, tables that contain themselves.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <errno.h>
#include <string.h>

#include <physmem/tables.h>

#include "unit.h"

/* The tables are all of the memory: one page each. */
enum {
	PML4,
	PDPT,
	PD,
	PT,
	HIGH_PDPT,
	TABLES
};
#define AT(table)   ((uint64_t)(table)*0x1000)
#define NO_MEMORY   AT(TABLES)
#define INDEX(l, i) ((uint64_t)(i) << (12 + 9 * ((l)-1)))
#define USER	    (PTE_PRESENT | PTE_WRITE | PTE_USER)
#define LAST_VA	    0xffffffffc0000000ull

static uint64_t memory[TABLES][512];
static unsigned int reads;

static bool read_memory(void *from, uint64_t pa, void *buf, size_t len)
{
	ck_assert_ptr_eq(from, memory);
	reads++;
	if (pa >= sizeof(memory) || len > sizeof(memory) - pa)
		return false;
	memcpy(buf, (const char *)from + pa, len);
	return true;
}

/* CR3's low bits are a process's number (PCID). */
static const struct tables tables = { read_memory, memory, AT(PML4) | 0x123 };

static void setup(void)
{
	memset(memory, 0, sizeof(memory));
	memory[PML4][0] = AT(PDPT) | USER;
	memory[PML4][1] = NO_MEMORY | USER;
	memory[PML4][511] = AT(HIGH_PDPT) | PTE_PRESENT | PTE_WRITE;
	memory[PDPT][0] = AT(PD) | USER;
	memory[PDPT][1] = 0x1c0000000 | PTE_LARGE | PTE_USER | PTE_PRESENT;
	memory[PDPT][2] = AT(PD) | USER | PTE_NX;
	memory[PD][0] = AT(PT) | PTE_WRITE | PTE_PRESENT;
	memory[PD][3] = 0x600000 | PTE_LARGE | PTE_GLOBAL | PTE_DIRTY | USER;
	memory[PT][7] = 0x5000 | USER | PTE_ACCESSED | PTE_NX;
	memory[PT][8] = 0x6000 | PTE_WRITE | PTE_USER; /* not present */
	/* the bit that means a larger page elsewhere is PAT here */
	memory[PT][9] = 0x9000 | PTE_LARGE | PTE_PRESENT;
	memory[HIGH_PDPT][511] = 0x40000000 | PTE_LARGE | USER;
	reads = 0;
}

static void is_at(uint64_t va, struct walk want)
{
	struct walk w;

	ck_assert_int_eq(tables_walk(&tables, va, &w), 0);
	ck_assert_uint_eq(w.va, want.va);
	ck_assert_uint_eq(w.pa, want.pa);
	ck_assert_uint_eq(w.size, want.size);
	ck_assert_uint_eq(w.flags, want.flags);
}

static void is_nowhere(uint64_t va)
{
	struct walk w;

	ck_assert_int_eq(tables_walk(&tables, va, &w), -EFAULT);
}

START_TEST(one)
{
	/* the directory's entry is the kernel's, so the page is */
	is_at(0x7123, (struct walk){ 0x7000, 0x5123, 0x1000,
				     PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_NX });
	is_at(0x9fff, (struct walk){ 0x9000, 0x9fff, 0x1000, PTE_PRESENT | PTE_LARGE });
	is_at(INDEX(2, 3) + 0x12345, (struct walk){ INDEX(2, 3), 0x612345, 0x200000,
				     USER | PTE_LARGE | PTE_GLOBAL | PTE_DIRTY });
	is_at(INDEX(3, 1) + 0x12345678, (struct walk){ INDEX(3, 1), 0x1d2345678, 0x40000000,
				     PTE_PRESENT | PTE_USER | PTE_LARGE });
	/* no execution in all that is below */
	is_at(INDEX(3, 2) + INDEX(2, 3), (struct walk){ INDEX(3, 2) + INDEX(2, 3), 0x600000, 0x200000,
				     USER | PTE_LARGE | PTE_GLOBAL | PTE_DIRTY | PTE_NX });
	is_at(UINT64_MAX, (struct walk){ LAST_VA, 0x7fffffff, 0x40000000,
				     PTE_PRESENT | PTE_WRITE | PTE_LARGE });
	ck_assert_uint_eq(reads, 4 + 4 + 3 + 2 + 3 + 2); /* each entry once */
}
END_TEST

START_TEST(none)
{
	is_nowhere(0x8000); /* not present, in each level */
	is_nowhere(INDEX(2, 1));
	is_nowhere(INDEX(3, 3));
	is_nowhere(INDEX(4, 2));
	is_nowhere(INDEX(4, 1)); /* the table is not in memory */
	is_nowhere(0x0000800000000000); /* not canonical */
	is_nowhere(0xffff7fffffffffff);
	/* the topmost level has no larger pages */
	memory[PML4][0] = NO_MEMORY | USER | PTE_LARGE;
	is_nowhere(0x7123);
}
END_TEST

struct seen {
	struct walk w[8];
	unsigned int count, stop;
};

static bool see(void *ctx, const struct walk *w)
{
	struct seen *seen = ctx;

	ck_assert_uint_lt(seen->count, 8);
	seen->w[seen->count++] = *w;
	return seen->count != seen->stop;
}

START_TEST(all)
{
	static const uint64_t want[] = { 0x7000, 0x9000, INDEX(2, 3), INDEX(3, 1),
					 INDEX(3, 2) + 0x7000, INDEX(3, 2) + 0x9000,
					 INDEX(3, 2) + INDEX(2, 3), LAST_VA };
	struct seen seen = { 0 };

	tables_each(&tables, see, &seen);
	ck_assert_uint_eq(seen.count, 8);
	for (unsigned int i = 0; i < 8; i++) {
		ck_assert_uint_eq(seen.w[i].va, want[i]);
		/* what a walk to it finds */
		is_at(want[i], seen.w[i]);
	}
	seen = (struct seen){ .stop = 3 };
	tables_each(&tables, see, &seen);
	ck_assert_uint_eq(seen.count, 3);
}
END_TEST

/* Four pages that stand for 134 million tables: some are looked at, then there is an end. */
START_TEST(endless)
{
	struct seen seen = { 0 };

	memset(memory[PT], 0, sizeof(memory[PT]));
	for (unsigned int i = 0; i < 512; i++) {
		memory[PML4][i] = AT(PDPT) | PTE_PRESENT;
		memory[PDPT][i] = AT(PD) | PTE_PRESENT;
		memory[PD][i] = AT(PT) | PTE_PRESENT;
	}
	tables_each(&tables, see, &seen);
	ck_assert_uint_eq(seen.count, 0);
	ck_assert_uint_eq(reads, 256 * 1024);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tables");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, one);
	tcase_add_test(tc, none);
	tcase_add_test(tc, all);
	tcase_add_test(tc, endless);
	return unit_run(tc);
}
