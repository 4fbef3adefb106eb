/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuid.h - the CPU that the guest sees.
 *
 * Runs: in the manager, before the first guest instruction.
 */
#ifndef UMVMM_BOOT_CPUID_H
#define UMVMM_BOOT_CPUID_H

#include "cpuid_table.h"

/* The host's CPU as a source. */
cpuid_source cpuid_host;

/* HOST_XCR0: what the host lets programs use. */
void cpuid_build(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0,
		 unsigned int ncpus, uint64_t tsc_khz);
uint64_t cpuid_host_xcr0(void);

/* For the parts of cpuid_build(). */
void cpuid_mask(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
void cpuid_add_xstate(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0);
void cpuid_add_topology(struct cpuid_table *table, cpuid_source *host, uint32_t max_basic,
			uint32_t max_ext, unsigned int ncpus);
unsigned int cpuid_id_bits(unsigned int ncpus);

#endif
