/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu.h - instructions without a C spelling, and bits of the manual.
 *
 * Runs: monitor. Names as in the Intel SDM and Linux.
 */
#ifndef MONITOR_CPU_CPU_H
#define MONITOR_CPU_CPU_H

#include <stdint.h>

#define CR0_PE	  (1u << 0)
#define CR0_ET	  (1u << 4)
#define CR0_WP	  (1u << 16)
#define CR0_PG	  (1u << 31)
#define CR4_PAE	  (1u << 5)
#define CR4_PGE	  (1u << 7)
#define CR4_PCIDE (1u << 17)
#define EFER_SCE  (1u << 0)
#define EFER_LME  (1u << 8)
#define EFER_LMA  (1u << 10)
#define EFER_NXE  (1u << 11)

#define RFLAGS_TF (1u << 8)
#define RFLAGS_DF (1u << 10)
#define RFLAGS_NT (1u << 14)
#define RFLAGS_RF (1u << 16)
#define RFLAGS_AC (1u << 18)
/* What the guest can set for real: CF PF AF ZF SF TF DF OF NT RF AC ID. */
#define RFLAGS_REAL 0x254dd5ull

#define VEC_DE	0
#define VEC_DB	1
#define VEC_NMI 2
#define VEC_BP	3
#define VEC_OF	4
#define VEC_BR	5
#define VEC_UD	6
#define VEC_DF	8
#define VEC_TS	10
#define VEC_NP	11
#define VEC_SS	12
#define VEC_GP	13
#define VEC_PF	14
#define VEC_MF	16
#define VEC_AC	17
#define VEC_XM	19

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline uint64_t rd_fs_base(void)
{
	uint64_t v;

	__asm__ volatile("rdfsbase %0" : "=r"(v));
	return v;
}

static inline uint64_t rd_gs_base(void)
{
	uint64_t v;

	__asm__ volatile("rdgsbase %0" : "=r"(v));
	return v;
}

static inline void wr_fs_base(uint64_t v)
{
	__asm__ volatile("wrfsbase %0" : : "r"(v));
}

static inline void wr_gs_base(uint64_t v)
{
	__asm__ volatile("wrgsbase %0" : : "r"(v));
}

static inline void xsave(void *area, uint64_t mask)
{
	__asm__ volatile("xsave64 (%0)"
			 :
			 : "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
			 : "memory");
}

static inline void xrstor(const void *area, uint64_t mask)
{
	__asm__ volatile("xrstor64 (%0)"
			 :
			 : "r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
			 : "memory");
}

#define XFEATURE_PKRU (1ull << 9)
#define XFEATURE_AMX  (3ull << 17) /* tile configuration, tile data */

/*
 * The components to save and restore. PKRU is the monitor's. AMX the host gives only to a
 * process that asks, and else signal frames have no room for it; but XRSTOR looks at all
 * pages that the components of its mask would take.
 */
static inline uint64_t xsave_mask(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (lo | (uint64_t)hi << 32) & ~(XFEATURE_PKRU | XFEATURE_AMX);
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause");
}

#endif
