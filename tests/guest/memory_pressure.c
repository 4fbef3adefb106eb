// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory_pressure.c - 150 MiB of the machine's 256 are written and read twice,
 * in different orders, and freed; then once more by a child.
 *
 * Flags: slow timeout=90
 */
#include "test.h"

#define PAGES (150ul << 20 >> 12)

static void work(void *arg)
{
	uint64_t *p = map_pages(PAGES, PROT_READ | PROT_WRITE);
	size_t words = PAGE / 8, i;

	(void)arg;
	for (i = 0; i < PAGES; i++)
		p[i * words + i % words] = i * 0x9e3779b97f4a7c15;
	for (size_t n = 0; n < PAGES; n++) {
		i = n * 7919 % PAGES;
		if (p[i * words + i % words] != i * 0x9e3779b97f4a7c15) {
			EXPECT(0, "page %zu holds something else", i);
			break;
		}
	}
	for (i = PAGES; i-- > 0;)
		p[i * words + i % words] ^= ~0ull;
	for (i = 0; i < PAGES; i++)
		if (p[i * words + i % words] != ~(i * 0x9e3779b97f4a7c15)) {
			EXPECT(0, "page %zu holds something else, second time", i);
			break;
		}
	munmap(p, PAGES * PAGE);
}

int main(void)
{
	int status;

	work(NULL);
	status = in_child(work, NULL);
	EXPECT(status == 0, "child: %#x", status);
	return test_end();
}
