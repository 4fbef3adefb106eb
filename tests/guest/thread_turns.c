// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread_turns.c - two threads that take turns, by futex, a few thousand times: each has its own
 * base of FS, and its own thread-local words, whenever it runs.
 *
 * With the argument "wait" it says "ready" when it has warmed up, waits for a line, takes the
 * turns, says "over", and waits for another (tests/faults/orders.sh).
 *
 * Flags: timeout=60
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "test.h"

static uint32_t turn; /* futex: whose it is */
static __thread uint64_t own = 0x1234;

static void take_turns(uint32_t me, unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != me)
			syscall(SYS_futex, &turn, FUTEX_WAIT, !me, NULL);
		EXPECT(own == 0x1234 + (uint64_t)i * (me + 1), "thread %u, turn %u: %#lx", me, i,
		       own);
		own += me + 1;
		__atomic_store_n(&turn, !me, __ATOMIC_SEQ_CST);
		syscall(SYS_futex, &turn, FUTEX_WAKE, 1);
	}
	own = 0x1234;
}

static unsigned int rounds;

static void *second(void *arg)
{
	(void)arg;
	take_turns(1, rounds);
	return NULL;
}

static void both(unsigned int n)
{
	pthread_t thread;

	rounds = n;
	REQUIRE(pthread_create(&thread, NULL, second, NULL) == 0);
	take_turns(0, n);
	pthread_join(thread, NULL);
}

static void say_and_wait(const char *word)
{
	char line[16];

	puts(word);
	fflush(stdout);
	REQUIRE(fgets(line, sizeof(line), stdin) != NULL);
}

int main(int argc, char **argv)
{
	const bool waits = argc > 1 && strcmp(argv[1], "wait") == 0;

	both(200);
	if (waits)
		say_and_wait("ready");
	both(2000);
	if (waits)
		say_and_wait("over");
	return test_end();
}
