// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault_ahead_count.c - in a guest, memory that is written in order takes few
 * faults; in any other order one for each page.
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
	return test_end();
}
