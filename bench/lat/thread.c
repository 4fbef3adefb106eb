// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread.c - rows of threads: create and join, and two that take turns.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lat.h"

static void *nothing(void *arg)
{
	return arg;
}

static uint64_t loop_create(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, nothing, NULL))
			row_unavailable("pthread_create");
		pthread_join(thread, NULL);
	}
	return now_ns() - start;
}

static double measure_create(const struct row *row)
{
	(void)row;
	return loop_min(loop_create, NULL);
}

/* Whose turn it is: 0 the measuring thread's, 1 the other's. */
static uint32_t turn;

static void pass(uint32_t to)
{
	__atomic_store_n(&turn, to, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void await(uint32_t mine)
{
	while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !mine, NULL, NULL, 0);
}

static void *partner(void *arg)
{
	for (;;) {
		await(1);
		pass(0);
	}
	return arg;
}

static uint64_t loop_futex(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		pass(1);
		await(0);
	}
	return now_ns() - start;
}

static double measure_futex(const struct row *row)
{
	pthread_t thread;

	(void)row;
	if (pthread_create(&thread, NULL, partner, NULL))
		row_unavailable("pthread_create");
	return loop_min(loop_futex, NULL);
}

const struct row thread_rows[] = {
	{"thread_create", "us", measure_create, 0, 0},
	{"futex", "us", measure_futex, 0, 0},
	{0},
};
