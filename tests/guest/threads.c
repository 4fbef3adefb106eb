// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads.c - threads, a mutex and a condition (futex), and TLS of each.
 *
 * Flags: timeout=40
 */
#include <pthread.h>

#include "test.h"

#define THREADS 8
#define ROUNDS 5000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static unsigned long counter;
static int turn;
static __thread unsigned long mine;

static void *worker(void *arg)
{
	unsigned long id = (uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		mine += id;
		pthread_mutex_unlock(&lock);
	}
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&lock);
		while (turn != (int)id)
			pthread_cond_wait(&turn_changed, &lock);
		turn = (turn + 1) % THREADS;
		pthread_cond_broadcast(&turn_changed);
		pthread_mutex_unlock(&lock);
	}
	return (void *)(mine - id * ROUNDS);
}

int main(void)
{
	pthread_t t[THREADS];
	void *wrong;

	for (unsigned long i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&t[i], NULL, worker, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++) {
		REQUIRE(pthread_join(t[i], &wrong) == 0);
		EXPECT(!wrong, "thread %d lost its own data", i);
	}
	EXPECT(counter == THREADS * ROUNDS, "counter is %lu", counter);
	return test_end();
}
