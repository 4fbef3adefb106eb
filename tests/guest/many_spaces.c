// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many_spaces.c - a token goes round among 40 processes, more than there are
 * cached address spaces; each checks that its private memory is its own.
 *
 * Flags: timeout=60
 */
#include "test.h"

#define COUNT 40
#define ROUNDS 30
#define PAGES 8

int main(void)
{
	int pipes[COUNT][2], status;
	volatile unsigned int *mem = map_pages(PAGES, PROT_READ | PROT_WRITE);
	pid_t pid[COUNT];
	unsigned int token = 0;

	for (int i = 0; i < COUNT; i++)
		REQUIRE(pipe(pipes[i]) == 0);
	for (unsigned int i = 0; i < COUNT; i++) {
		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (pid[i])
			continue;
		for (unsigned int p = 0; p < PAGES; p++)
			mem[p * PAGE / 4] = i * 1000 + p;
		for (unsigned int r = 0; r < ROUNDS; r++) {
			REQUIRE(read(pipes[i][0], &token, sizeof(token)) == sizeof(token));
			EXPECT(token == r * COUNT + i, "process %u: token %u", i, token);
			for (unsigned int p = 0; p < PAGES; p++) {
				EXPECT(mem[p * PAGE / 4] == i * 1000 + p + r, "process %u, page %u: %u",
				       i, p, mem[p * PAGE / 4]);
				mem[p * PAGE / 4]++;
			}
			token++;
			if (token < COUNT * ROUNDS)
				REQUIRE(write(pipes[(i + 1) % COUNT][1], &token, sizeof(token)) ==
					sizeof(token));
		}
		_exit(test_failures != 0);
	}
	REQUIRE(write(pipes[0][1], &token, sizeof(token)) == sizeof(token));
	for (int i = 0; i < COUNT; i++) {
		REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
		EXPECT(status == 0, "process %d: %#x", i, status);
	}
	return test_end();
}
