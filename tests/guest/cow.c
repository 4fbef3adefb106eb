// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow.c - after fork neither process sees what the other writes; the pages are
 * in use (and so mapped) on both sides before.
 */
#include "test.h"

#define PAGES 64

static volatile unsigned int *mem;

static unsigned int *at(int page)
{
	return (unsigned int *)(mem + (size_t)page * PAGE / 4);
}

static void child(int in, int out, unsigned int tag)
{
	char c;

	for (int i = 0; i < PAGES; i++)
		EXPECT(*at(i) == tag + (unsigned int)i, "child: page %d is %#x at fork", i, *at(i));
	for (int i = 0; i < PAGES; i += 2)
		*at(i) = 0xc0000000;
	REQUIRE(write(out, "a", 1) == 1 && read(in, &c, 1) == 1);
	for (int i = 0; i < PAGES; i++)
		EXPECT(*at(i) == (i & 1 ? tag + (unsigned int)i : 0xc0000000),
		       "child: page %d is %#x", i, *at(i));
	_exit(test_failures != 0);
}

int main(void)
{
	mem = map_pages(PAGES, PROT_READ | PROT_WRITE);
	for (unsigned int round = 1; round <= 50; round++) {
		int to[2], from[2], status;
		unsigned int tag = round << 16;
		pid_t pid;
		char c;

		for (int i = 0; i < PAGES; i++)
			*at(i) = tag + (unsigned int)i;
		REQUIRE(pipe(to) == 0 && pipe(from) == 0);
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0)
			child(to[0], from[1], tag);
		if (round & 1) /* the parent first, or the child */
			for (int i = 1; i < PAGES; i += 2)
				*at(i) = 0xa0000000;
		REQUIRE(read(from[0], &c, 1) == 1);
		for (int i = 1; i < PAGES; i += 2)
			*at(i) = 0xa0000000;
		for (int i = 0; i < PAGES; i++)
			EXPECT(*at(i) == (i & 1 ? 0xa0000000 : tag + (unsigned int)i),
			       "parent: page %d is %#x", i, *at(i));
		REQUIRE(write(to[1], "b", 1) == 1 && waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0, "child: %#x", status);
		close(to[0]);
		close(to[1]);
		close(from[0]);
		close(from[1]);
	}
	return test_end();
}
