// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid.c - gathers the host's CPUID leaves, masked, into the guest's table.
 *
 * Runs: in the manager; pure but for cpuid_host*().
 * Must hold: what the guest reads here is what its user programs may use
 * natively, minus what would need the host's privilege (cpuid_mask.c). A leaf
 * that is not in the table reads as zero.
 */
#include "cpuid.h"

#include <cpuid.h>
#include <string.h>

#include <umvmm/host/cpu.h>

#define MAX_BASIC 0x1fu
#define MAX_EXT	  0x80000021u
#define LA48	  48u
#define PHYS_MAX  46u

void cpuid_host(uint32_t leaf, uint32_t subleaf, uint32_t reg[4])
{
	__cpuid_count(leaf, subleaf, reg[EAX], reg[EBX], reg[ECX], reg[EDX]);
	if (leaf == 7 && subleaf == 0 && !hostcpu_has_fsgsbase())
		reg[EBX] &= ~(uint32_t)bit_FSGSBASE;
}

uint64_t cpuid_host_xcr0(void)
{
	uint32_t lo, hi, reg[4];

	cpuid_host(1, 0, reg);
	if (!(reg[ECX] & bit_OSXSAVE))
		return 0;
	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

static void add_masked(struct cpuid_table *table, cpuid_source *host, uint32_t leaf,
		       uint32_t subleaf, uint32_t flags)
{
	uint32_t reg[4];

	host(leaf, subleaf, reg);
	cpuid_mask(leaf, subleaf, reg);
	cpuid_add(table, leaf, subleaf, flags, reg);
}

static void add_leaf_1(struct cpuid_table *table, cpuid_source *host, unsigned int ncpus)
{
	uint32_t reg[4];

	host(1, 0, reg);
	cpuid_mask(1, 0, reg);
	reg[EBX] = (reg[EBX] & 0xff00) | 1u << cpuid_id_bits(ncpus) << 16;
	if (ncpus > 1)
		reg[EDX] |= 1u << 28; /* HTT: the field above is valid */
	cpuid_add(table, 1, 0, CPUID_APIC_EBX24 | CPUID_OSXSAVE, reg);
}

/* The TSC's rate in terms that are exact for the APIC's clock as crystal. */
static void add_frequency(struct cpuid_table *table, uint64_t tsc_khz)
{
	const uint32_t ratio[4] = { APIC_BUS_KHZ, (uint32_t)tsc_khz, APIC_BUS_KHZ * 1000, 0 };
	const uint32_t mhz[4] = { (uint32_t)(tsc_khz / 1000), (uint32_t)(tsc_khz / 1000), 100, 0 };

	cpuid_add(table, 0x15, 0, 0, ratio);
	cpuid_add(table, 0x16, 0, 0, mhz);
}

static void add_hypervisor(struct cpuid_table *table, uint64_t tsc_khz)
{
	const uint32_t signature[4] = { UMVMM_CPUID_TIMING, UMVMM_CPUID_SIG_EBX,
					UMVMM_CPUID_SIG_ECX, UMVMM_CPUID_SIG_EDX };
	const uint32_t timing[4] = { (uint32_t)tsc_khz, APIC_BUS_KHZ, 0, 0 };

	cpuid_add(table, UMVMM_CPUID_SIGNATURE, 0, 0, signature);
	cpuid_add(table, UMVMM_CPUID_TIMING, 0, 0, timing);
}

static void add_address_sizes(struct cpuid_table *table, cpuid_source *host, unsigned int ncpus)
{
	uint32_t reg[4], phys;

	host(0x80000008, 0, reg);
	cpuid_mask(0x80000008, 0, reg);
	phys = reg[EAX] & 0xff;
	reg[EAX] = (phys < PHYS_MAX ? phys : PHYS_MAX) | LA48 << 8;
	reg[ECX] = (ncpus - 1) | cpuid_id_bits(ncpus) << 12;
	cpuid_add(table, 0x80000008, 0, 0, reg);
}

void cpuid_build(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0,
		 unsigned int ncpus, uint64_t tsc_khz)
{
	uint32_t reg[4], max_basic, max_ext;

	memset(table, 0, sizeof(*table));
	host(0, 0, reg);
	max_basic = reg[EAX] = reg[EAX] < MAX_BASIC ? reg[EAX] : MAX_BASIC;
	cpuid_add(table, 0, 0, 0, reg);
	host(0x80000000, 0, reg);
	max_ext = reg[EAX] = reg[EAX] < MAX_EXT ? reg[EAX] : MAX_EXT;
	cpuid_add(table, 0x80000000, 0, 0, reg);

	add_leaf_1(table, host, ncpus);
	if (max_basic >= 2)
		add_masked(table, host, 2, 0, 0);
	if (max_basic >= 6)
		add_masked(table, host, 6, 0, 0);
	if (max_basic >= 7) {
		add_masked(table, host, 7, 0, CPUID_SUBLEAF);
		add_masked(table, host, 7, 1, CPUID_SUBLEAF);
	}
	if (max_basic >= 0xd)
		cpuid_add_xstate(table, host, host_xcr0);
	if (max_basic >= 0x16)
		add_frequency(table, tsc_khz);
	add_hypervisor(table, tsc_khz);
	for (uint32_t leaf = 0x80000001; leaf <= 0x80000007; leaf++)
		if (leaf <= max_ext)
			add_masked(table, host, leaf, 0, 0);
	if (max_ext >= 0x80000008)
		add_address_sizes(table, host, ncpus);
	for (uint32_t leaf = 0x80000019; leaf <= max_ext; leaf++)
		if (leaf == 0x80000019 || leaf == 0x8000001a || leaf == 0x80000021)
			add_masked(table, host, leaf, 0, 0);
	cpuid_add_topology(table, host, max_basic, max_ext, ncpus);
}
