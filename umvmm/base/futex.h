/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * futex.h - shared futexes in the VM file.
 *
 * Runs: in the manager's threads.
 * Must hold: the guest can write the word and can sleep or wake on it too, so
 * a wait always has a time-out and a wake proves nothing.
 */
#ifndef UMVMM_BASE_FUTEX_H
#define UMVMM_BASE_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Until the word differs from SEEN, a wake, a signal, or this CLOCK_MONOTONIC time in ns. */
static inline void futex_wait_until(uint32_t *word, uint32_t seen, int64_t ns)
{
	const struct timespec ts = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	syscall(SYS_futex, word, FUTEX_WAIT_BITSET, seen, &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}

static inline void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static inline int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

#endif
