// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * brk_mremap.c - the heap grows and shrinks; mremap grows, moves and keeps
 * contents, and the old place is gone.
 */
#include "test.h"

static void touch(void *arg)
{
	(void)*(volatile char *)arg;
}

static void heap(void)
{
	char *start = sbrk(0);

	for (int round = 0; round < 10; round++) {
		volatile char *p = sbrk(64 * PAGE);

		REQUIRE(p != (void *)-1);
		for (int i = 0; i < 64; i++) {
			EXPECT(p[(size_t)i * PAGE] == 0, "round %d: page %d is not zero", round, i);
			p[(size_t)i * PAGE] = (char)(i + 1);
		}
		REQUIRE(brk(start) == 0);
	}
}

static void remap(void)
{
	int *p = map_pages(4, PROT_READ | PROT_WRITE), *q;
	size_t ints = PAGE / sizeof(int);
	int status;

	for (int round = 0; round < 20; round++) {
		size_t pages = 4u + (unsigned int)round;

		for (size_t i = 0; i < pages; i++)
			p[i * ints] = (int)i * 7 + round;
		q = mmap(NULL, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(q != MAP_FAILED);
		REQUIRE(mremap(p, pages * PAGE, (pages + 1) * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
			       q) == q);
		for (size_t i = 0; i < pages; i++)
			EXPECT(q[i * ints] == (int)i * 7 + round, "round %d, page %zu: %d", round, i,
			       q[i * ints]);
		EXPECT(q[pages * ints] == 0, "the new page is not zero");
		status = in_child(touch, p);
		EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "the old place: %#x",
		       status);
		p = q;
	}
}

int main(void)
{
	heap();
	remap();
	return test_end();
}
