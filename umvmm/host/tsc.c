// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsc.c - the host's time stamp counter: its rate, and the way to host time.
 *
 * Runs: in the manager; tsc_to_monotonic() in the timer threads.
 */
#include "tsc.h"

#include <cpuid.h>
#include <stdio.h>
#include <time.h>

#define NSEC 1000000000ll

/*
 * To measure the rate to 1 part in a million: 10 ms, where the clock is read without a
 * system call (its error is some ns), which starting a VM takes anyway. Three times that
 * where it takes longer than FAST_CLOCK ticks.
 */
#define MEASURE_NS 10000000ll
#define FAST_CLOCK 1000

/* CPUID 0x15: numerator / denominator of a crystal whose rate is given. */
static uint64_t khz_from_crystal(void)
{
	uint32_t denominator, numerator, hz, edx;

	if (__get_cpuid_max(0, NULL) < 0x15)
		return 0;
	__cpuid_count(0x15, 0, denominator, numerator, hz, edx);
	if (!denominator || !numerator || !hz)
		return 0;
	return (uint64_t)hz * numerator / denominator / 1000;
}

/* The timing leaf of the hypervisor that the host itself runs under. */
static uint64_t khz_from_hypervisor(void)
{
	uint32_t eax, ebx, ecx, edx;

	__cpuid(1, eax, ebx, ecx, edx);
	if (!(ecx >> 31))
		return 0;
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	if (eax < 0x40000010 || eax > 0x400000ff)
		return 0;
	__cpuid(0x40000010, eax, ebx, ecx, edx);
	return eax;
}

static uint64_t khz_from_sysfs(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/cpu0/tsc_freq_khz", "re");
	unsigned long long khz = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &khz) != 1)
		khz = 0;
	fclose(file);
	return khz;
}

static int64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC + ts.tv_nsec;
}

/* A pair of readings that belong together: the tightest of several tries. */
void tsc_sample(struct tsc_sample *s)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		uint64_t before = tsc_read();
		int64_t t = now(CLOCK_MONOTONIC_RAW);
		uint64_t after = tsc_read();

		if (after - before < best) {
			best = after - before;
			s->tsc = before + best / 2;
			s->ns = t;
			s->window = best;
		}
	}
}

static uint64_t khz_measured(const struct tsc_sample *start)
{
	int64_t wanted = start->window < FAST_CLOCK ? MEASURE_NS : 3 * MEASURE_NS;
	int64_t missing = start->ns + wanted - now(CLOCK_MONOTONIC_RAW);
	struct tsc_sample end;

	if (missing > 0)
		nanosleep(&(struct timespec){.tv_nsec = missing}, NULL);
	tsc_sample(&end);
	return (uint64_t)((unsigned __int128)(end.tsc - start->tsc) * 1000000 /
			  (uint64_t)(end.ns - start->ns));
}

uint64_t tsc_khz(const struct tsc_sample *start)
{
	uint64_t khz = khz_from_crystal();

	if (!khz)
		khz = khz_from_hypervisor();
	if (!khz)
		khz = khz_from_sysfs();
	return khz ? khz : khz_measured(start);
}

int64_t tsc_to_monotonic(uint64_t deadline, uint64_t khz)
{
	int64_t ahead = (int64_t)(deadline - tsc_read());

	return now(CLOCK_MONOTONIC) + (int64_t)((__int128)ahead * 1000000 / (int64_t)khz);
}
