/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsc.h - the host's time stamp counter.
 */
#ifndef UMVMM_TSC_H
#define UMVMM_TSC_H

#include <stdint.h>

static inline uint64_t tsc_read(void)
{
	return __builtin_ia32_rdtsc();
}

/* The rate, from the best source there is. */
uint64_t tsc_khz(void);

/* The instant on CLOCK_MONOTONIC, in ns, at which the counter reaches DEADLINE. */
int64_t tsc_to_monotonic(uint64_t deadline, uint64_t khz);

#endif
