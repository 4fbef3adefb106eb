// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_table.c - the table of leaves that the guest sees.
 *
 * Runs: in the manager's steward, before the first guest instruction; pure.
 */
#include "cpuid_table.h"

void cpuid_add(struct cpuid_table *table, uint32_t leaf, uint32_t subleaf, uint32_t flags,
	       const uint32_t reg[4])
{
	if (table->count < CPUID_MAX)
		table->entry[table->count++] = (struct cpuid_entry){
			.leaf = leaf, .subleaf = subleaf, .flags = flags, .eax = reg[EAX],
			.ebx = reg[EBX], .ecx = reg[ECX], .edx = reg[EDX],
		};
}
