// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault_ahead_count.c - in a guest, memory that is written in order takes few
 * faults; in any other order one for each page. Likewise a file that is read in order,
 * but for one that is said to be read at random.
 *
 * Flags: guest-only
 */
#include <sys/resource.h>

#include "test.h"

#define PAGES 1024u

static long faults(void)
{
	struct rusage usage;

	REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

/* Faults of a store to each of PAGES pages: page i * step modulo PAGES. */
static long touch(unsigned int step)
{
	volatile uint8_t *p = map_pages(PAGES, PROT_READ | PROT_WRITE);
	long before;

	madvise((void *)p, PAGES * PAGE, MADV_NOHUGEPAGE);
	before = faults();
	for (unsigned int i = 0; i < PAGES; i++)
		p[i * step % PAGES * PAGE] = 1;
	before = faults() - before;
	munmap((void *)p, PAGES * PAGE);
	return before;
}

/* Faults of a load from each page of a file that is in memory, in order. */
static long load(int advice)
{
	int fd = (int)syscall(SYS_memfd_create, "fault_ahead_count", 0);
	volatile uint8_t *p;
	long before;

	REQUIRE(fd >= 0);
	for (unsigned int i = 0; i < PAGES; i++) {
		uint8_t byte = (uint8_t)(i * 7);

		REQUIRE(pwrite(fd, &byte, 1, (off_t)i * PAGE) == 1);
	}
	p = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED && madvise((void *)p, PAGES * PAGE, advice) == 0);
	before = faults();
	for (unsigned int i = 0; i < PAGES; i++)
		EXPECT(p[i * PAGE] == (uint8_t)(i * 7), "page %u is %#x", i, p[i * PAGE]);
	before = faults() - before;
	munmap((void *)p, PAGES * PAGE);
	close(fd);
	return before;
}

/* Two arrays at once, as a program that copies does. */
static long touch_two(void)
{
	volatile uint8_t *p = map_pages(PAGES, PROT_READ | PROT_WRITE);
	long before;

	madvise((void *)p, PAGES * PAGE, MADV_NOHUGEPAGE);
	before = faults();
	for (unsigned int i = 0; i < PAGES / 2; i++)
		p[i * PAGE] = p[(PAGES / 2 + i) * PAGE + 8] = 1;
	before = faults() - before;
	munmap((void *)p, PAGES * PAGE);
	return before;
}

int main(void)
{
	long n;

	touch(1);
	n = touch(1);
	EXPECT(n <= (long)PAGES / 8, "%ld faults in order", n);
	n = touch_two();
	EXPECT(n <= (long)PAGES / 6, "%ld faults in two orders", n);
	n = touch(PAGES - 1);
	EXPECT(n >= (long)PAGES, "%ld faults downwards", n);
	n = touch(387);
	EXPECT(n >= (long)PAGES, "%ld faults in another order", n);
	n = load(MADV_NORMAL);
	EXPECT(n <= (long)PAGES / 40, "%ld faults of loads in order", n);
	n = load(MADV_RANDOM);
	EXPECT(n >= (long)PAGES / 16, "%ld faults of loads that shall be at random", n);
	return test_end();
}
