// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_memory.c - a program that touches the kernel's or the monitor's memory
 * gets SIGSEGV.
 *
 * Flags: guest-only isolated
 */
#include "test.h"

#define SOME_TEXT 0x69200000

struct attempt {
	uintptr_t at;
	int how;
};

static void touch(void *arg)
{
	const struct attempt *a = arg;

	if (a->how == 0)
		(void)*(volatile char *)a->at;
	else if (a->how == 1)
		*(volatile char *)a->at = 0;
	else
		((void (*)(void))a->at)();
}

int main(void)
{
	static const uintptr_t where[] = { 0x69000000, SOME_TEXT, 0x650000000000, 0x670000000000,
					   0x6b0000000000, 0x7b800000, 0x7ba00000, 0x7bc00000,
					   0x6f0000000000, 0x6f8000000000 };

	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		for (int how = 0; how < 3; how++) {
			struct attempt a = { where[i], how };
			int status;

			/* protection keys let it execute what is there: perhaps an LRET, by which
			   QEMU's TCG brings its host down */
			if (how == 2 && where[i] == SOME_TEXT)
				continue;
			status = in_child(touch, &a);

			EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
			       "%#lx, %d: status %#x", where[i], how, status);
		}
	return test_end();
}
