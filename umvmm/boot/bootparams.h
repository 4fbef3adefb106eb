/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootparams.h - the zero page: what the guest kernel is told at its start.
 */
#ifndef UMVMM_BOOT_BOOTPARAMS_H
#define UMVMM_BOOT_BOOTPARAMS_H

#include <asm/bootparam.h>

#include "kernel.h"

struct initrd_place {
	uint64_t gpa, size;
};

/* Fills the memory map for this much RAM; pure. */
void bootparams_e820(struct boot_params *bp, uint64_t mem_size);

int bootparams_setup(struct physmem *mem, const struct kernel *kernel, const char *cmdline,
		     const struct initrd_place *initrd, uint64_t rsdp)
	__attribute__((warn_unused_result));

#endif
