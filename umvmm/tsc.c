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
static void sample(uint64_t *tsc, int64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		uint64_t before = tsc_read();
		int64_t t = now(CLOCK_MONOTONIC_RAW);
		uint64_t after = tsc_read();

		if (after - before < best) {
			best = after - before;
			*tsc = before + best / 2;
			*ns = t;
		}
	}
}

static uint64_t khz_measured(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	uint64_t tsc0, tsc1;
	int64_t ns0, ns1;

	sample(&tsc0, &ns0);
	nanosleep(&pause, NULL);
	sample(&tsc1, &ns1);
	return (uint64_t)((unsigned __int128)(tsc1 - tsc0) * 1000000 / (uint64_t)(ns1 - ns0));
}

uint64_t tsc_khz(void)
{
	uint64_t khz = khz_from_crystal();

	if (!khz)
		khz = khz_from_hypervisor();
	if (!khz)
		khz = khz_from_sysfs();
	return khz ? khz : khz_measured();
}

int64_t tsc_to_monotonic(uint64_t deadline, uint64_t khz)
{
	int64_t ahead = (int64_t)(deadline - tsc_read());

	return now(CLOCK_MONOTONIC) + (int64_t)((__int128)ahead * 1000000 / (int64_t)khz);
}
