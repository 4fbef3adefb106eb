// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stack_growth.c - the stack grows by 6 MiB, page by page and in leaps.
 */
#include "test.h"

static __attribute__((noinline)) unsigned long dive(unsigned long depth)
{
	volatile unsigned long page[PAGE / sizeof(unsigned long)];
	unsigned long below;

	page[0] = depth;
	page[200] = ~depth;
	below = depth ? dive(depth - 1) : 0;
	return page[0] == depth && page[200] == ~depth ? below + 1 : below;
}

static __attribute__((noinline)) int leap(void)
{
	volatile char room[1 << 20];

	room[0] = 3;
	room[sizeof(room) - 1] = 4;
	return room[0] + room[sizeof(room) - 1];
}

int main(void)
{
	unsigned long good = dive(1400);

	EXPECT(leap() == 7, "leap");
	EXPECT(good == 1401, "%lu of 1401 frames kept their contents", good);
	return test_end();
}
