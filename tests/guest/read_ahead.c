// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read_ahead.c - pages of a file that are loaded in order, of which the guest's kernel maps
 * some ahead: each load sees the file as it is, what was mapped on a guess goes with the
 * file, its mapping and its rights, and a private store is seen by nobody else.
 *
 * Flags: slow
 */
#include <setjmp.h>

#include "test.h"

#define PAGES 600u /* more than a page table has */

static int file;

static void fill(uint32_t tag)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		uint32_t word = tag + i;

		REQUIRE(pwrite(file, &word, 4, (off_t)(i * PAGE)) == 4);
	}
}

static volatile uint32_t *map(int kind)
{
	void *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, kind, file, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

static unsigned int wrong(volatile uint32_t *p, unsigned int from, unsigned int to, uint32_t tag)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += p[from * PAGE / 4] != tag + from;
	return n;
}

static sigjmp_buf caught;

static void on_signal(int sig)
{
	siglongjmp(caught, sig);
}

/* The signal of a load, or 0. */
static int load(volatile uint32_t *p, unsigned int page)
{
	int sig = sigsetjmp(caught, 1);

	if (!sig)
		(void)p[page * PAGE / 4];
	return sig;
}

static void cut(unsigned int n)
{
	volatile uint32_t *p = map(MAP_SHARED);

	EXPECT(wrong(p, 0, n, 0x1000000) == 0, "before it is cut at %u", n);
	REQUIRE(ftruncate(file, (off_t)(n * PAGE)) == 0);
	EXPECT(n == 0 || load(p, n - 1) == 0, "the last page of %u", n);
	for (unsigned int i = n; i < PAGES; i += 1 + i % 5)
		EXPECT(load(p, i) == SIGBUS, "page %u of %u", i, n);
	REQUIRE(ftruncate(file, PAGES * PAGE) == 0);
	EXPECT(p[n * PAGE / 4] == 0 && p[(PAGES - 1) * PAGE / 4] == 0, "longer again, %u", n);
	munmap((void *)p, PAGES * PAGE);
	fill(0x1000000);
}

static void holes(unsigned int n)
{
	volatile uint32_t *p = map(MAP_SHARED);

	EXPECT(wrong(p, 0, n, 0x1000000) == 0, "before the hole at %u", n);
	REQUIRE(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(n * PAGE),
			  5 * PAGE) == 0);
	for (unsigned int i = n; i < n + 5; i++)
		EXPECT(p[i * PAGE / 4] == 0, "page %u of the hole at %u", i, n);
	EXPECT(wrong(p, n + 5, PAGES, 0x1000000) == 0, "behind the hole at %u", n);
	munmap((void *)p, PAGES * PAGE);
	fill(0x1000000);
}

static void rights(unsigned int n)
{
	volatile uint32_t *p = map(MAP_SHARED);
	char *base = (char *)(uintptr_t)p;

	REQUIRE(mprotect(base + (n + 2) * PAGE, PAGE, PROT_NONE) == 0);
	EXPECT(wrong(p, 0, n + 2, 0x1000000) == 0, "before");
	EXPECT(load(p, n + 2) == SIGSEGV, "no rights, %u", n);
	EXPECT(wrong(p, n + 3, PAGES, 0x1000000) == 0, "behind");
	REQUIRE(munmap(base + (n + 4) * PAGE, PAGE) == 0);
	REQUIRE(mprotect(base + (n + 6) * PAGE, PAGE, PROT_NONE) == 0);
	EXPECT(load(p, n + 4) == SIGSEGV, "not mapped any more, %u", n);
	EXPECT(load(p, n + 6) == SIGSEGV, "no rights any more, %u", n);
	EXPECT(load(p, n + 5) == 0 && load(p, n + 7) == 0, "beside these, %u", n);
	munmap((void *)p, PAGES * PAGE);
}

/* Stores to some pages between loads in order, private ones and shared ones. */
static void stores(unsigned int n)
{
	volatile uint32_t *mine = map(MAP_PRIVATE), *shared = map(MAP_SHARED);

	for (unsigned int i = 0; i < PAGES; i++) {
		EXPECT(mine[i * PAGE / 4] == 0x1000000 + i, "page %u", i);
		if (i % n == 0)
			mine[i * PAGE / 4] = 0x5000000 + i;
		else if (i % n == 1)
			shared[i * PAGE / 4] = 0x6000000 + i;
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		uint32_t in_file = (i % n == 1 ? 0x6000000 : 0x1000000) + i, word;

		REQUIRE(pread(file, &word, 4, (off_t)(i * PAGE)) == 4);
		EXPECT(word == in_file && shared[i * PAGE / 4] == in_file, "page %u of the file", i);
		EXPECT(mine[i * PAGE / 4] == (i % n ? in_file : 0x5000000 + i), "own page %u", i);
	}
	munmap((void *)mine, PAGES * PAGE);
	munmap((void *)shared, PAGES * PAGE);
	fill(0x1000000);
}

int main(void)
{
	file = (int)syscall(SYS_memfd_create, "read_ahead", 0);
	REQUIRE(file >= 0);
	signal(SIGBUS, on_signal);
	signal(SIGSEGV, on_signal);
	fill(0x1000000);
	for (unsigned int n = 1; n < PAGES - 8; n += 3 + n) {
		cut(n);
		holes(n);
		rights(n);
		if (n > 1)
			stores(n);
	}
	close(file);
	return test_end();
}
