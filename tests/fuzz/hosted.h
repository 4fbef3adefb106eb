/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hosted.h - what fuzzers need to run parts of the monitor in an ordinary process.
 *
 * Runs: in the fuzz targets, which include the monitor's files. Loading segments and
 * FPU state is done for real, as it must not fault; then this process gets its own
 * back.
 */
#ifndef FUZZ_HOSTED_H
#define FUZZ_HOSTED_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/host/cpu.h>
#include <umvmm/monitor/context/context.h>
#include <umvmm/monitor/cpu/cpu.h>
#include <umvmm/monitor/context/host.h>
#include <umvmm/monitor/cpu/segments.h>

#define FPU_SIZE 16384

struct ctx ctx;

/* Memory where the monitor expects its own. */
static inline void hosted_map(uint64_t at, uint64_t len)
{
	if (host_mmap(at, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		      0) < 0)
		abort();
}

/* For bases_init(), which no target calls. */
const char hosted_no_sites[1] __asm__("__bases_sites_start");
__asm__(".set __bases_sites_end, __bases_sites_start");
char gate_gs_probe[1], gate_gs_lost[1], bases_probe_load[1], bases_probe_fault[1];
uint64_t bases_probe(uint64_t offset)
{
	return offset;
}
void text_unlock(void)
{
}
void text_lock(void)
{
}
#include "../../umvmm/monitor/cpu/bases.c"

/* Without FSGSBASE where the host has none, else as the input says. */
static inline void hosted_bases(bool by_call)
{
	bases_by_call = by_call || !hostcpu_has_fsgsbase();
}

/* No handler must run with segments that are not ours. */
static inline void hosted_load(void (*load)(const struct segments *), const struct segments *seg)
{
	struct segments own;
	uint64_t fs_base, gs_base;
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	segments_save(&own);
	host_arch_prctl(ARCH_GET_FS, (uintptr_t)&fs_base);
	host_arch_prctl(ARCH_GET_GS, (uintptr_t)&gs_base);
	load(seg);
	__asm__ volatile("mov %0, %%ds" : : "r"(own.ds));
	__asm__ volatile("mov %0, %%es" : : "r"(own.es));
	__asm__ volatile("mov %0, %%fs" : : "r"(own.fs));
	__asm__ volatile("mov %0, %%gs" : : "r"(own.gs));
	host_arch_prctl(ARCH_SET_FS, fs_base);
	host_arch_prctl(ARCH_SET_GS, gs_base);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static inline void hosted_segments_load(const struct segments *seg)
{
	hosted_load(segments_load, seg);
}

static inline void hosted_selectors_load(const struct segments *seg)
{
	hosted_load(selectors_load, seg);
}

static inline void hosted_xrstor(const void *area, uint64_t mask)
{
	static uint8_t own[FPU_SIZE] __attribute__((aligned(64)));

	xsave(own, mask);
	xrstor(area, mask);
	xrstor(own, mask);
}

/*
 * What the user has written: steps of an offset, a length and bytes. Returns what is
 * left of the input.
 */
static inline size_t hosted_scribble(uint8_t *to, size_t to_size, const uint8_t *data, size_t size,
				     unsigned int steps)
{
	size_t at = 0;

	while (steps-- && size - at >= 3) {
		size_t offset = (data[at] | (size_t)data[at + 1] << 8) % to_size, n = data[at + 2];

		at += 3;
		if (n > size - at)
			n = size - at;
		if (n > to_size - offset)
			n = to_size - offset;
		memcpy(to + offset, data + at, n);
		at += n;
	}
	return at;
}

#define segments_load  hosted_segments_load
#define selectors_load hosted_selectors_load
#define xrstor	       hosted_xrstor

#endif
