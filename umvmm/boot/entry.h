/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry.h - the boot vCPU's first state (64-bit boot protocol).
 */
#ifndef UMVMM_BOOT_ENTRY_H
#define UMVMM_BOOT_ENTRY_H

#include <physmem/physmem.h>

int entry_setup(struct physmem *mem, uint64_t rip, struct boot_regs *regs)
	__attribute__((warn_unused_result));

#endif
