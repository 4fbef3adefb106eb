/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuid_table.h - the table of leaves that the guest sees.
 *
 * Runs: in the manager's steward, before the first guest instruction.
 */
#ifndef UMVMM_BOOT_CPUID_TABLE_H
#define UMVMM_BOOT_CPUID_TABLE_H

#include <stdint.h>
#include <vm.h>

/* Where leaves come from: the host's CPU, or a test's table. */
typedef void cpuid_source(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);

struct cpuid_table {
	struct cpuid_entry entry[CPUID_MAX];
	uint32_t count;
	uint64_t xcr0; /* components the guest may use */
};

enum { EAX, EBX, ECX, EDX };

void cpuid_add(struct cpuid_table *table, uint32_t leaf, uint32_t subleaf, uint32_t flags,
	       const uint32_t reg[4]);

#endif
