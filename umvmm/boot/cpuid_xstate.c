// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_xstate.c - leaf 0xd: the XSAVE components that the guest may use.
 *
 * Runs: in the manager; pure.
 * Must hold: Intel SDM volume 1, 13.2. No PKRU, no AMX, no supervisor state;
 * the sizes are those of the components that are left.
 */
#include "cpuid.h"

#define XCR0_GUEST   0xe7ull /* x87 SSE AVX AVX-512 (opmask, ZMM_Hi256, Hi16_ZMM) */
#define LEGACY_SIZE  576u    /* FXSAVE area and XSAVE header */

#define ALIGNED_64 2u /* subleaf n, ecx: starts at a multiple of 64 when compacted */

void cpuid_add_xstate(struct cpuid_table *table, cpuid_source *host, uint64_t host_xcr0)
{
	uint32_t standard = LEGACY_SIZE, compact = LEGACY_SIZE, reg[4];

	table->xcr0 = host_xcr0 & XCR0_GUEST;
	for (uint32_t i = 2; i < 63; i++) {
		if (!(table->xcr0 >> i & 1))
			continue;
		host(0xd, i, reg);
		reg[ECX] &= ALIGNED_64;
		reg[EDX] = 0;
		cpuid_add(table, 0xd, i, CPUID_SUBLEAF, reg);
		if (reg[EBX] + reg[EAX] > standard)
			standard = reg[EBX] + reg[EAX];
		if (reg[ECX] & ALIGNED_64)
			compact = (compact + 63) & ~63u;
		compact += reg[EAX];
	}

	reg[EAX] = (uint32_t)table->xcr0;
	reg[EBX] = reg[ECX] = standard;
	reg[EDX] = (uint32_t)(table->xcr0 >> 32);
	cpuid_add(table, 0xd, 0, CPUID_SUBLEAF, reg);
	host(0xd, 1, reg);
	cpuid_mask(0xd, 1, reg);
	reg[EBX] = compact;
	cpuid_add(table, 0xd, 1, CPUID_SUBLEAF, reg);
}
