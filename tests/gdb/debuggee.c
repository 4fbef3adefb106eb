// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuggee.c - a guest program for gdb to look at.
 *
 * Runs: in the guest, linked statically at a fixed address.
 *
 * usage: debuggee TURNS [THREADS]
 *
 * Each turn calls marker(), makes one getppid(), and writes `watched` and `counter`. What
 * it computes must come out right whatever was done to it meanwhile.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 16

volatile uint64_t counter;
volatile uint64_t watched;
static unsigned long turns;

__attribute__((noinline, noclone)) uint64_t marker(uint64_t n);
uint64_t marker(uint64_t n)
{
	__asm__ volatile("" : "+r"(n));
	return n * 3 + 1;
}

static void *work(void *arg)
{
	uint64_t *sum = arg;

	for (unsigned long i = 0; i < turns; i++) {
		*sum += marker(i);
		if (syscall(SYS_getppid) <= 0)
			exit(3);
		watched = i;
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long threads = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	uint64_t sum[THREADS] = { 0 };
	pthread_t thread[THREADS];

	turns = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	if (!turns || !threads || threads > THREADS)
		return 2;
	for (unsigned long i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, &sum[i]))
			return 2;
	for (unsigned long i = 0; i < threads; i++) {
		pthread_join(thread[i], NULL);
		if (sum[i] != 3 * (turns * (turns - 1) / 2) + turns) {
			printf("thread %lu: wrong sum\n", i);
			return 1;
		}
	}
	if (counter != turns * threads)
		return 1;
	puts("debuggee ok");
	return 0;
}
