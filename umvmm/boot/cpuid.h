/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuid.h - the CPU that the guest sees.
 *
 * Runs: in the manager, before the first guest instruction.
 */
#ifndef UMVMM_BOOT_CPUID_H
#define UMVMM_BOOT_CPUID_H

#include <stdint.h>
#include <vm.h>

/* Where leaves come from: the host's CPU, or a test's table. */
typedef void cpuid_source(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
cpuid_source cpuid_host;

struct cpuid_table {
	struct cpuid_entry entry[CPUID_MAX];
	uint32_t count;
	uint64_t xcr0; /* components the guest may use */
};

enum { EAX, EBX, ECX, EDX };

/* HOST_XCR0: what the host lets programs use. */
void cpuid_build(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0,
		 unsigned int ncpus, uint64_t tsc_khz);
uint64_t cpuid_host_xcr0(void);

/* For the parts of cpuid_build(). */
void cpuid_add(struct cpuid_table *table, uint32_t leaf, uint32_t subleaf, uint32_t flags,
	       const uint32_t reg[4]);
void cpuid_mask(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
void cpuid_add_xstate(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0);
void cpuid_add_topology(struct cpuid_table *table, cpuid_source *host, uint32_t max_basic,
			uint32_t max_ext, unsigned int ncpus);
unsigned int cpuid_id_bits(unsigned int ncpus);

#endif
