// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hundreds.c - 300 processes that live at once and take turns, many times more than a CPU
 * has tags for address spaces: each finds its own memory, its own text and its parent's
 * changes of the memory that they share. Some end and are replaced between the rounds.
 *
 * Flags: slow timeout=120
 */
#include "test.h"

#define COUNT	 300
#define ROUNDS	 6
#define PAGES	 4
#define REPLACED 3 /* every so manyth process, after each round */

static int pipes[COUNT][2], done[2];
static volatile unsigned int *mem, *shared;

/* What the process says is its slot, when all was as it should be. */
static void member(unsigned int slot, unsigned int born)
{
	for (unsigned int p = 0; p < PAGES; p++)
		mem[p * PAGE / 4] = slot * 1000 + p;
	for (unsigned int round = born;; round++) {
		unsigned int told;

		if (read(pipes[slot][0], &told, sizeof(told)) != sizeof(told))
			_exit(1);
		if (told == ~0u)
			_exit(test_failures != 0);
		EXPECT(told == round, "process %u: round %u, not %u", slot, told, round);
		EXPECT(*shared == round, "process %u: shared memory says %u", slot, *shared);
		for (unsigned int p = 0; p < PAGES; p++) {
			EXPECT(mem[p * PAGE / 4] == slot * 1000 + p + round - born,
			       "process %u, page %u: %u", slot, p, mem[p * PAGE / 4]);
			mem[p * PAGE / 4]++;
		}
		EXPECT(getppid() > 0, "getppid");
		if (write(done[1], &slot, sizeof(slot)) != sizeof(slot))
			_exit(1);
	}
}

static pid_t start(unsigned int slot, unsigned int round)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0)
		member(slot, round);
	return pid;
}

static void end(unsigned int slot, pid_t pid)
{
	const unsigned int last = ~0u;
	int status;

	REQUIRE(write(pipes[slot][1], &last, sizeof(last)) == sizeof(last));
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "process %u: status %#x", slot, status);
}

int main(void)
{
	pid_t pid[COUNT];
	unsigned int slot;

	mem = map_pages(PAGES, PROT_READ | PROT_WRITE);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED && pipe(done) == 0);
	for (slot = 0; slot < COUNT; slot++)
		REQUIRE(pipe(pipes[slot]) == 0);
	for (slot = 0; slot < COUNT; slot++)
		pid[slot] = start(slot, 0);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned char seen[COUNT] = { 0 };

		*shared = round;
		for (slot = 0; slot < COUNT; slot++)
			REQUIRE(write(pipes[slot][1], &round, sizeof(round)) == sizeof(round));
		for (unsigned int i = 0; i < COUNT; i++) {
			REQUIRE(read(done[0], &slot, sizeof(slot)) == sizeof(slot));
			EXPECT(slot < COUNT && !seen[slot], "process %u answers", slot);
			if (slot < COUNT)
				seen[slot] = 1;
		}
		for (slot = round % REPLACED; slot < COUNT; slot += REPLACED) {
			end(slot, pid[slot]);
			pid[slot] = start(slot, round + 1);
		}
	}
	for (slot = 0; slot < COUNT; slot++)
		end(slot, pid[slot]);
	return test_end();
}
