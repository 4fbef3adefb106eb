// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_mask.c - which of the host's feature bits the guest sees.
 *
 * Runs: in the manager; pure.
 * Must hold: a bit is kept only if its instructions run in ring 3 as on bare
 * hardware, or the monitor models it ("set"). Bits nobody knows yet stay off.
 * Names: Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E.
 */
#include "cpuid.h"

#define B(n) (1u << (n))

/* FPU DE PSE TSC MSR PAE CX8 APIC PGE CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2 SS */
#define LEAF_1_EDX                                                                     \
	(B(0) | B(2) | B(3) | B(4) | B(5) | B(6) | B(8) | B(9) | B(13) | B(15) | B(16) | \
	 B(17) | B(19) | B(23) | B(24) | B(25) | B(26) | B(27))
/* Off: VME MCE SEP MTRR MCA PSN DS ACPI HTT TM PBE */

/* SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE AVX F16C RDRAND */
#define LEAF_1_ECX                                                                      \
	(B(0) | B(1) | B(9) | B(12) | B(13) | B(19) | B(20) | B(22) | B(23) | B(25) | B(26) | \
	 B(28) | B(29) | B(30))
/* Off: DTES64 MONITOR DS-CPL VMX SMX EIST TM2 SDBG xTPR PDCM DCA OSXSAVE */
/* Modelled: PCID x2APIC TSC-deadline, and the hypervisor bit */
#define LEAF_1_ECX_SET (B(17) | B(21) | B(24) | B(31))

/* FSGSBASE TSC_ADJUST BMI1 AVX2 FDP BMI2 ERMS FCS AVX512F DQ RDSEED ADX IFMA */
/* CLFLUSHOPT CLWB AVX512PF ER CD SHA BW VL */
#define LEAF_7_EBX                                                                     \
	(B(0) | B(1) | B(3) | B(5) | B(6) | B(8) | B(9) | B(13) | B(16) | B(17) | B(18) | \
	 B(19) | B(21) | B(23) | B(24) | B(26) | B(27) | B(28) | B(29) | B(30) | B(31))
/* Off: SGX HLE SMEP RTM RDT MPX SMAP PT */
#define LEAF_7_EBX_SET B(10) /* INVPCID */

/* PREFETCHWT1 VBMI VBMI2 GFNI VAES VPCLMUL VNNI BITALG VPOPCNTDQ CLDEMOTE MOVDIRI */
/* MOVDIR64B */
#define LEAF_7_ECX                                                                      \
	(B(0) | B(1) | B(6) | B(8) | B(9) | B(10) | B(11) | B(12) | B(14) | B(25) | B(27) | \
	 B(28))
/* Off: UMIP PKU OSPKE WAITPKG CET_SS TME LA57 RDPID KL BUS_LOCK ENQCMD SGX_LC PKS */

/* 4VNNIW 4FMAPS FSRM VP2INTERSECT RTM_ALWAYS_ABORT SERIALIZE AVX512_FP16 */
#define LEAF_7_EDX (B(2) | B(3) | B(4) | B(8) | B(11) | B(14) | B(23))
/* Off: UINTR MD_CLEAR HYBRID TSXLDTRK PCONFIG LBR IBT AMX IBRS STIBP L1D ARCH_CAP SSBD */

/* SHA512 SM3 SM4 AVX_VNNI AVX512_BF16 CMPCCXADD FZLRM FSRS FSRC AVX_IFMA */
#define LEAF_7_1_EAX \
	(B(0) | B(1) | B(2) | B(4) | B(5) | B(7) | B(10) | B(11) | B(12) | B(23))
/* AVX_VNNI_INT8 AVX_NE_CONVERT AVX_VNNI_INT16 PREFETCHI */
#define LEAF_7_1_EDX (B(4) | B(5) | B(10) | B(14))

/* LAHF ABM SSE4A MISALIGNSSE 3DNOWPREFETCH XOP FMA4 TBM TOPOEXT */
#define EXT_1_ECX (B(0) | B(5) | B(6) | B(7) | B(8) | B(11) | B(16) | B(21) | B(22))
/* Off: CMP_LEGACY SVM EXTAPIC CR8 OSVW IBS SKINIT WDT LWP TCE NODEID PERFCTR MWAITX */

/* As leaf 1 on AMD, and SYSCALL NX MMXEXT 1GB RDTSCP LM 3DNOWEXT 3DNOW; FFXSR off */
#define EXT_1_EDX                                                                       \
	((LEAF_1_EDX & ~(B(19) | B(25) | B(26) | B(27))) | B(11) | B(20) | B(22) | B(26) | \
	 B(27) | B(29) | B(30) | B(31))

static const struct mask {
	uint32_t leaf, subleaf;
	uint32_t keep[4];
	uint32_t set[4];
} masks[] = {
	{ 1, 0, { ~0u, ~0u, LEAF_1_ECX, LEAF_1_EDX }, { 0, 0, LEAF_1_ECX_SET, 0 } },
	{ 6, 0, { 0, 0, 0, 0 }, { B(2), 0, 0, 0 } }, /* ARAT */
	{ 7, 0, { 1, LEAF_7_EBX, LEAF_7_ECX, LEAF_7_EDX }, { 0, LEAF_7_EBX_SET, 0, 0 } },
	{ 7, 1, { LEAF_7_1_EAX, 0, 0, LEAF_7_1_EDX }, { 0 } },
	{ 0xd, 1, { B(0) | B(1) | B(2), 0, 0, 0 }, { 0 } }, /* XSAVEOPT XSAVEC XGETBV1 */
	{ 0x80000001, 0, { ~0u, ~0u, EXT_1_ECX, EXT_1_EDX }, { 0 } },
	{ 0x80000007, 0, { 0, 0, 0, B(8) }, { 0 } },		     /* invariant TSC */
	{ 0x80000008, 0, { ~0u, B(0) | B(2) | B(26), 0, 0 }, { 0 } }, /* CLZERO XSAVEERPTR SSB_NO */
	{ 0x80000021, 0, { B(2) | B(6), 0, 0, 0 }, { 0 } }, /* LFENCE serializes, null selectors */
};

void cpuid_mask(uint32_t leaf, uint32_t subleaf, uint32_t reg[4])
{
	for (unsigned int i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		if (masks[i].leaf == leaf && masks[i].subleaf == subleaf)
			for (unsigned int r = 0; r < 4; r++)
				reg[r] = (reg[r] & masks[i].keep[r]) | masks[i].set[r];
}
