// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_topology.c - N single-threaded cores in one package, APIC ids 0..N-1.
 *
 * Runs: in the manager; pure.
 * Must hold: leaves 1, 4, 0xb, 0x1f, 0x80000008, 0x8000001d and 0x8000001e say
 * the same. First and second level caches are private, further ones shared.
 */
#include "cpuid.h"

#define MAX_CACHES 8u
#define LEVEL_SMT  1u
#define LEVEL_CORE 2u

unsigned int cpuid_id_bits(unsigned int ncpus)
{
	unsigned int bits = 0;

	while (1u << bits < ncpus)
		bits++;
	return bits;
}

/* Leaves 4 and 0x8000001d: one subleaf for each cache, type 0 ends the list. */
static void add_caches(struct cpuid_table *table, cpuid_source *host, uint32_t leaf,
		       unsigned int ncpus)
{
	for (uint32_t i = 0; i < MAX_CACHES; i++) {
		uint32_t reg[4], level, sharing, cores;

		host(leaf, i, reg);
		if (!(reg[EAX] & 31))
			return;
		level = reg[EAX] >> 5 & 7;
		sharing = level >= 3 ? ncpus - 1 : 0;
		cores = leaf == 4 ? (1u << cpuid_id_bits(ncpus)) - 1 : 0;
		reg[EAX] = (reg[EAX] & 0x3fff) | sharing << 14 | cores << 26;
		cpuid_add(table, leaf, i, CPUID_SUBLEAF, reg);
	}
}

/* Leaves 0xb and 0x1f. */
static void add_levels(struct cpuid_table *table, uint32_t leaf, unsigned int ncpus)
{
	const uint32_t flags = CPUID_SUBLEAF | CPUID_APIC_EDX;
	const uint32_t smt[4] = { 0, 1, LEVEL_SMT << 8 | 0, 0 };
	const uint32_t core[4] = { cpuid_id_bits(ncpus), ncpus, LEVEL_CORE << 8 | 1, 0 };
	const uint32_t end[4] = { 0, 0, 2, 0 };

	cpuid_add(table, leaf, 0, flags, smt);
	cpuid_add(table, leaf, 1, flags, core);
	cpuid_add(table, leaf, 2, flags, end);
}

void cpuid_add_topology(struct cpuid_table *table, cpuid_source *host, uint32_t max_basic,
			uint32_t max_ext, unsigned int ncpus)
{
	/* 0x8000001e: APIC id; unit 0, one thread a core; node 0 of one */
	const uint32_t unit[4] = { 0, 0, 0, 0 };

	if (max_basic >= 4)
		add_caches(table, host, 4, ncpus);
	if (max_basic >= 0xb)
		add_levels(table, 0xb, ncpus);
	if (max_basic >= 0x1f)
		add_levels(table, 0x1f, ncpus);
	if (max_ext >= 0x8000001d)
		add_caches(table, host, 0x8000001d, ncpus);
	if (max_ext >= 0x8000001e)
		cpuid_add(table, 0x8000001e, 0, CPUID_APIC_EAX, unit);
}
