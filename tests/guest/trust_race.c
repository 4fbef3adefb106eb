// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust_race.c - credentials change while another thread runs, on another CPU if there is
 * one: when the change has returned, that thread has the wall, too.
 *
 * Flags: guest-only trusted timeout=60
 */
#include <pthread.h>
#include <sched.h>
#include "trust.h"

#define ROUNDS 60

static volatile int dropped, looks, late;

static void *look(void *arg)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(1, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus); /* fails where there is one */
	(void)arg;
	for (;;) {
		int before = dropped; /* had it returned before we looked? */
		bool wall = walled();

		if (before && !wall)
			late = 1;
		if (before && looks > 0)
			return NULL;
		looks++;
	}
}

static void one(void *arg)
{
	unsigned int round = *(unsigned int *)arg;
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, look, NULL) == 0);
	while (looks < 3)
		sched_yield();
	for (volatile unsigned int i = 0; i < round * 50; i++)
		;
	REQUIRE(round % 2 ? setuid_here(1000) == 0 : drop_capability(CAP_SYS_MODULE, false) == 0);
	dropped = 1;
	EXPECT(walled(), "the one who dropped, round %u", round);
	pthread_join(thread, NULL);
	EXPECT(!late, "round %u: the other thread read the kernel's memory", round);
}

int main(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++)
		EXPECT(in_child(one, &i) == 0, "round %u", i);
	EXPECT(!walled(), "the parent");
	return test_end();
}
