// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * planted.c - a program with one bug of each kind, for those who find such.
 *
 * usage: planted clean|overflow|after-free|race|shift|leak|uninitialised
 *
 * Runs: on the host and in a guest, built with sanitizers (suite.sh) or under valgrind. In
 * any case two threads, some memory and a few pages of stack are used, and the last line is
 * "done".
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 4096

static int shared;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *bug;

static int is(const char *name)
{
	return !strcmp(bug, name);
}

static void *add(void *arg)
{
	volatile char stack[3 * 4096];

	for (unsigned int i = 0; i < 1000; i++) {
		stack[(i * 61) % sizeof(stack)] = (char)i;
		if (!is("race"))
			pthread_mutex_lock(&lock);
		shared += *(int *)arg;
		if (!is("race"))
			pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* The compiler shall not see what is done to it. */
static void *hidden(void *p)
{
	__asm__ volatile("" : "+r"(p)::"memory");
	return p;
}

static int sum(const int *words)
{
	int total = 0;

	for (unsigned int i = 0; i < WORDS; i++)
		total += words[i];
	return total;
}

/* The only pointer to it is gone with the caller's registers. */
static void __attribute__((noinline)) lose(void)
{
	hidden(malloc(100));
}

int main(int argc, char **argv)
{
	pthread_t thread[2];
	int one = 1, *words, *alias;

	bug = argc > 1 ? argv[1] : "clean";
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, add, &one))
			return 2;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);

	words = malloc(WORDS * sizeof(*words));
	if (!words)
		return 2;
	for (unsigned int i = is("uninitialised"); i < WORDS; i++)
		words[i] = (int)i;
	alias = hidden(words);
	if (is("overflow"))
		alias[WORDS] = 1;
	if (is("shift"))
		alias[1] = one << (32 + alias[2] - 2);
	if (sum(alias) == shared)
		puts("equal");
	free(alias);
	if (is("after-free"))
		words[1] = 1;
	if (is("leak"))
		lose();
	puts("done");
	return 0;
}
