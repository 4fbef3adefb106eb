/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsc.h - the host's time stamp counter.
 */
#ifndef UMVMM_HOST_TSC_H
#define UMVMM_HOST_TSC_H

#include <stdint.h>

static inline uint64_t tsc_read(void)
{
	return __builtin_ia32_rdtsc();
}

/* A reading of the counter and, at the same instant, of CLOCK_MONOTONIC_RAW in ns. */
struct tsc_sample {
	uint64_t tsc;
	int64_t ns;
	uint64_t window; /* ticks that reading the clock took */
};

void tsc_sample(struct tsc_sample *s);

/*
 * The rate, from the best source there is. If it has to be measured, it is
 * from START on, which had better be a while ago: it sleeps the rest.
 */
uint64_t tsc_khz(const struct tsc_sample *start);

/* The instant on CLOCK_MONOTONIC, in ns, at which the counter reaches DEADLINE. */
int64_t tsc_to_monotonic(uint64_t deadline, uint64_t khz);

#endif
