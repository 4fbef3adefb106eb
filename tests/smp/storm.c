// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm.c - threads that change their address space under each other, and check
 * that no CPU uses what another has unmapped or protected.
 *
 * Runs: in the guest (and natively: it must pass there, too), for the number of
 * seconds in argv[1]. Prints what went wrong, or one line of counts.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096
#define READERS 3
#define MAPPERS 3
#define REGION	(32 * PAGE)

static atomic_bool stop, failed;
static atomic_ulong replaced, protected_, mapped, forked;

static void wrong(const char *what, unsigned long a, unsigned long b)
{
	if (!atomic_exchange(&failed, 1))
		printf("wrong: %s: %lu, %lu\n", what, a, b);
	stop = 1;
}

/* 1. A page replaced by another at the same address: readers never see an older one. */
static volatile uint64_t *replaced_page;
static atomic_ulong generation;

static void *replace(void *arg)
{
	(void)arg;
	for (unsigned long n = 1; !stop; n++) {
		uint64_t *p = mmap((void *)replaced_page, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

		if (p == MAP_FAILED) {
			wrong("mmap", n, 0);
			break;
		}
		*p = n;
		atomic_store(&generation, n);
		replaced++;
	}
	return NULL;
}

static void *read_replaced(void *arg)
{
	(void)arg;
	while (!stop) {
		unsigned long before = atomic_load(&generation);
		uint64_t seen = *replaced_page;

		/* 0: replaced and not yet written, which is newer */
		if (seen && seen < before)
			wrong("a page that was replaced is still read", seen, before);
	}
	return NULL;
}

/* 2. A page made read-only: who knows it can no longer write to it. */
static volatile uint64_t *protected_page;
static atomic_ulong turn; /* odd: it is read-only */
static _Thread_local sigjmp_buf fault;
static _Thread_local volatile sig_atomic_t expected;

static void on_fault(int sig)
{
	if (!expected) {
		static const char text[] = "wrong: unexpected fault\n";

		if (write(1, text, sizeof(text) - 1) < 0)
			_exit(2);
		_exit(1);
	}
	(void)sig;
	siglongjmp(fault, 1);
}

static void *protect(void *arg)
{
	(void)arg;
	while (!stop) {
		mprotect((void *)protected_page, PAGE, PROT_READ);
		turn++;
		for (int i = 0; i < 200; i++)
			__asm__ volatile("pause");
		turn++;
		for (int i = 0; i < 2000 && !stop; i++)
			__asm__ volatile("pause");
		mprotect((void *)protected_page, PAGE, PROT_READ | PROT_WRITE);
		protected_++;
	}
	return NULL;
}

static void *write_protected(void *arg)
{
	(void)arg;
	while (!stop) {
		volatile unsigned long before = turn;

		expected = 1;
		if (!sigsetjmp(fault, 1)) {
			protected_page[1]++;
			expected = 0;
			/* was it read-only before the write and all the time until now? */
			if (before % 2 && turn == before)
				wrong("a read-only page was written", protected_page[1], 0);
		}
		expected = 0;
	}
	return NULL;
}

/* 3. Regions that come and go: always zero first, always what was written. */
static void *map_and_unmap(void *arg)
{
	unsigned long tag = (unsigned long)arg << 32;

	for (unsigned long n = 1; !stop; n++) {
		uint64_t *p = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			wrong("mmap", n, 0);
			break;
		}
		for (size_t i = 0; i < REGION / 8; i += PAGE / 8) {
			if (p[i])
				wrong("a new page is not empty", p[i], i);
			p[i] = tag | n;
		}
		for (size_t i = 0; i < REGION / 8; i += PAGE / 8)
			if (p[i] != (tag | n))
				wrong("a private page has changed", p[i], tag | n);
		munmap(p, REGION);
		mapped++;
	}
	return NULL;
}

/* 4. fork() while others write: the child's copy stands still. */
static volatile uint64_t *counted;

static void *count(void *arg)
{
	(void)arg;
	while (!stop)
		for (int i = 0; i < 8; i++)
			counted[i * PAGE / 8]++;
	return NULL;
}

static void fork_and_compare(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		uint64_t first[8];

		for (int i = 0; i < 8; i++)
			first[i] = counted[i * PAGE / 8];
		for (int k = 0; k < 20000; k++)
			for (int i = 0; i < 8; i++)
				if (counted[i * PAGE / 8] != first[i])
					_exit(1);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		wrong("fork or waitpid", 0, 0);
	else if (status)
		wrong("the child's memory has changed", (unsigned long)status, 0);
	forked++;
}

static void *pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(2);
	return p;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_fault };
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	pthread_t thread[32];
	int n = 0;

	sigaction(SIGSEGV, &sa, NULL);
	replaced_page = pages(1);
	protected_page = pages(1);
	counted = pages(8);
	pthread_create(&thread[n++], NULL, replace, NULL);
	pthread_create(&thread[n++], NULL, protect, NULL);
	pthread_create(&thread[n++], NULL, count, NULL);
	for (int i = 0; i < READERS; i++)
		pthread_create(&thread[n++], NULL, read_replaced, NULL);
	for (int i = 0; i < READERS; i++)
		pthread_create(&thread[n++], NULL, write_protected, NULL);
	for (uintptr_t i = 1; i <= MAPPERS; i++)
		pthread_create(&thread[n++], NULL, map_and_unmap, (void *)i);
	while (!stop && time(NULL) < end)
		fork_and_compare();
	stop = 1;
	while (n)
		pthread_join(thread[--n], NULL);
	if (failed)
		return 1;
	printf("storm: %lu replaced, %lu protected, %lu mapped, %lu forked\n", replaced, protected_,
	       mapped, forked);
	return 0;
}
