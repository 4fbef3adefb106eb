/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu.h - what the host's CPU and kernel offer for FS and GS.
 */
#ifndef UMVMM_HOST_CPU_H
#define UMVMM_HOST_CPU_H

#include <stdbool.h>

/*
 * May programs use RDFSBASE and its kin? The kernel says so: the CPU's CPUID bit alone
 * does not mean that it keeps the bases (Documentation/x86/x86_64/fsgs.rst).
 */
bool hostcpu_has_fsgsbase(void);

#endif
