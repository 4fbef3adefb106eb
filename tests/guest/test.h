/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test.h - what every guest user-space test uses.
 *
 * Runs: in the test, on native Linux and in the guest.
 *
 * A test is one file. It prints what it expected where that did not happen,
 * and exits with 0 or 1. A line "Flags:" in its head says more, to the runner:
 *
 *	guest-only	means nothing on native Linux
 *	dynamic		linked as a dynamic PIE
 *	isolated	only where user mode cannot reach the kernel's memory
 *	slow		not where each trap of the kernel is a stop of the tracer's: trap, ptrace
 *	root		not as another user
 *	trusted		only where that depends on the process: --isolation users, as root
 *	timeout=N	seconds, default 20
 *	needs-FEATURE	of the host (tests/host/features.c), else it is skipped
 *	native-FEATURE	the same, natively only
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul

static int test_failures __attribute__((unused));

/* Say what was expected, and go on. */
#define EXPECT(cond, ...)                                                                        \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			printf("%s:%d: expected %s: ", __FILE__, __LINE__, #cond);               \
			printf(__VA_ARGS__);                                                     \
			putchar('\n');                                                           \
			fflush(stdout);                                                          \
			test_failures++;                                                         \
		}                                                                                \
	} while (0)

/* Say it, and stop. */
#define REQUIRE(cond)                                                                            \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			printf("%s:%d: expected %s: %s\n", __FILE__, __LINE__, #cond,            \
			       strerror(errno));                                                 \
			fflush(stdout);                                                          \
			_exit(1);                                                                \
		}                                                                                \
	} while (0)

/* Of tests/host/features.c: what is then not to be expected. */
static inline bool host_lacks(const char *feature)
{
	char all[256], word[64];

	snprintf(all, sizeof(all), " %s ", getenv("HOST_LACKS") ?: "");
	snprintf(word, sizeof(word), " %s ", feature);
	return strstr(all, word);
}

static inline int test_end(void)
{
	fflush(stdout);
	return test_failures != 0;
}

static inline void *map_pages(size_t pages, int prot)
{
	void *p = mmap(NULL, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

/* Run fn in a child; its wait status. */
static inline int in_child(void (*fn)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		fn(arg);
		_exit(test_failures != 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status;
}

static inline double now(void)
{
	struct timespec ts;

	REQUIRE(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

#endif
