/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msrs.h - the list of model-specific registers.
 *
 * Runs: monitor (msr.c), and tests/bare/msrs.c, which walks it. The local APIC's (0x800 to
 * 0x8ff) are in devices/apic.c; any other number is #GP.
 *
 * Must hold: ascending numbers, as they are searched for.
 */
#ifndef MONITOR_CPU_MSRS_H
#define MONITOR_CPU_MSRS_H

#include <umvmm/abi.h>

enum msr_kind {
	MSR_STORED,  /* reading gives what was written; in its field of struct vcpu */
	MSR_FIXED,   /* reads as its reset value, whatever is written */
	MSR_ACTING,  /* reads as its field, or its reset value if it has none; writing: msr_write() */
	MSR_WRITTEN, /* can be written only: msr_write() */
	MSR_CODED,   /* msr_read(), msr_write() */
};

/*
 * IA32_MISC_ENABLE: fast strings on, branch trace store and PEBS not there (SDM vol. 4, 2.1).
 * Without the first Linux gives up ERMS, but not FSRM; and before 6.4 its memmove() with
 * only the latter runs off the end of what it moves.
 */
#define MISC_ENABLE_START (1u << 0 | 1u << 11 | 1u << 12)
#define PAT_START	  0x0007040600070406

/*
 * Number, name, section, kind, offset, value after a reset. The user defines IN(field of struct
 * vcpu) and NONE. Sections: SDM and AMD's APM, as volume:section; BKDG: AMD's BIOS and kernel
 * developer's guides; abi: umvmm's own, abi.h.
 */
#define MSR_LIST(X)                                                                     \
	X(0x10, TSC, "SDM 3:18.17", CODED, NONE, 0)                                     \
	X(0x1b, APIC_BASE, "SDM 3:11.4.4", ACTING, IN(apic_base), 0)                    \
	X(0x3b, TSC_ADJUST, "SDM 3:18.17.3", FIXED, NONE, 0)                            \
	X(0x8b, BIOS_SIGN_ID, "SDM 3:10.11.7.1", FIXED, NONE, 0)                        \
	X(0xfe, MTRRCAP, "SDM 3:12.11.1", FIXED, NONE, 0)                               \
	X(0x174, SYSENTER_CS, "SDM 3:5.8.7", STORED, IN(sysenter_cs), 0)                \
	X(0x175, SYSENTER_ESP, "SDM 3:5.8.7", STORED, IN(sysenter_esp), 0)              \
	X(0x176, SYSENTER_EIP, "SDM 3:5.8.7", STORED, IN(sysenter_eip), 0)              \
	X(0x1a0, MISC_ENABLE, "SDM 4:2.1", STORED, IN(misc_enable), MISC_ENABLE_START)  \
	X(0x1d9, DEBUGCTL, "SDM 3:18.4.1", FIXED, NONE, 0)                              \
	X(0x277, PAT, "SDM 3:12.12.2", STORED, IN(pat), PAT_START)                      \
	X(0x6e0, TSC_DEADLINE, "SDM 3:11.5.4.1", ACTING, IN(deadline), 0)               \
	X(UMVMM_MSR_MODULE, MODULE, "abi", WRITTEN, NONE, 0)                            \
	X(UMVMM_MSR_POKE, POKE, "abi", ACTING, NONE, 1)                                 \
	X(UMVMM_MSR_YIELD, YIELD, "abi", CODED, NONE, 0)                                \
	X(UMVMM_MSR_FAULT_AHEAD, FAULT_AHEAD, "abi", ACTING, NONE, 1)                   \
	X(UMVMM_MSR_TRUST, TRUST, "abi", CODED, NONE, 0)                                \
	X(UMVMM_MSR_FLUSH, FLUSH, "abi", ACTING, NONE, 1)                               \
	X(UMVMM_MSR_SPACES, SPACES, "abi", CODED, NONE, 0)                              \
	X(UMVMM_MSR_RANGE_END, RANGE_END, "abi", WRITTEN, NONE, 0)                      \
	X(0xc0000080, EFER, "SDM 3:2.2.1", ACTING, IN(efer), 0)                         \
	X(0xc0000081, STAR, "SDM 3:5.8.8", STORED, IN(star), 0)                         \
	X(0xc0000082, LSTAR, "SDM 3:5.8.8", ACTING, IN(lstar), 0)                       \
	X(0xc0000083, CSTAR, "APM 2:6.1.1", STORED, IN(cstar), 0)                       \
	X(0xc0000084, FMASK, "SDM 3:5.8.8", STORED, IN(fmask), 0)                       \
	X(0xc0000100, FS_BASE, "SDM 3:3.4.4", CODED, NONE, 0)                           \
	X(0xc0000101, GS_BASE, "SDM 3:3.4.4", CODED, NONE, 0)                           \
	X(0xc0000102, KERNEL_GS_BASE, "SDM 2:4.3 SWAPGS", ACTING, IN(kgs), 0)           \
	X(0xc0000103, TSC_AUX, "SDM 3:18.17.2", STORED, IN(tsc_aux), 0)                 \
	X(0xc0010015, AMD_HWCR, "APM 2:3.2.10", FIXED, NONE, 0)                         \
	X(0xc001001f, AMD_NB_CFG, "BKDG MSRC001_001F", FIXED, NONE, 0)                  \
	X(0xc0010020, AMD_PATCH, "BKDG MSRC001_0020", FIXED, NONE, 0)                   \
	X(0xc0011020, AMD_LS_CFG, "BKDG MSRC001_1020", FIXED, NONE, 0)                  \
	X(0xc0011029, AMD_DE_CFG, "BKDG MSRC001_1029", FIXED, NONE, 0)

#endif
