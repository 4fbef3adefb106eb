// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killed.c - 30 processes that make system calls, fault and compute, of which some are killed
 * at random, wherever they are, and replaced: the others never notice, and each finds its
 * own memory.
 *
 * Flags: slow timeout=60
 */
#include "test.h"

#include <sys/prctl.h>

#define COUNT 30
#define KILLS 60
#define PAGES 6

static int alive[2];
static volatile unsigned int *mem;

/* Until it is killed. What it finds wrong it tells by the end of its life. */
static void live(unsigned int seed)
{
	for (unsigned int round = 0;; round++) {
		for (unsigned int p = 0; p < PAGES; p++)
			mem[p * PAGE / 4] = seed + round * PAGES + p;
		for (volatile unsigned int i = 0; i < (seed % 7) * 300; i++)
			;
		if (round % 8 == seed % 8 && madvise((void *)(mem + PAGE / 4), PAGE, MADV_DONTNEED))
			_exit(2);
		for (unsigned int p = 0; p < PAGES; p++)
			if (mem[p * PAGE / 4] != seed + round * PAGES + p &&
			    (p != 1 || mem[p * PAGE / 4]))
				_exit(3);
		if (getppid() <= 1)
			_exit(4);
		if (round % 8)
			continue;
		if (write(alive[1], "", 1) != 1)
			_exit(5);
		usleep(100000);
	}
}

static pid_t start(unsigned int seed)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		live(seed);
	}
	return pid;
}

static void end(pid_t pid, unsigned int slot)
{
	int status;

	REQUIRE(kill(pid, SIGKILL) == 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "process %u: status %#x", slot,
	       status);
}

int main(void)
{
	pid_t pid[COUNT];
	unsigned int random = 12345;
	char bytes[512];

	mem = map_pages(PAGES, PROT_READ | PROT_WRITE);
	REQUIRE(pipe(alive) == 0);
	for (unsigned int i = 0; i < COUNT; i++)
		pid[i] = start(i * 1000);
	for (unsigned int i = 0; i < KILLS; i++) {
		unsigned int slot;

		random = random * 1103515245 + 12345;
		slot = (random >> 8) % COUNT;
		REQUIRE(read(alive[0], bytes, sizeof(bytes)) > 0);
		end(pid[slot], slot);
		pid[slot] = start((i + COUNT) * 1000);
	}
	for (unsigned int i = 0; i < COUNT; i++)
		end(pid[i], i);
	return test_end();
}
