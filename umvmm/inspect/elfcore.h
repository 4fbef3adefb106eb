/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elfcore.h - the head of a vmcore: ELF header, program headers, notes.
 *
 * Pure: numbers in, bytes out. The memory follows the head, as it is in the guest's
 * memory file. A vmcore is what makedumpfile(8) and QEMU's dump-guest-memory write.
 */
#ifndef UMVMM_INSPECT_ELFCORE_H
#define UMVMM_INSPECT_ELFCORE_H

#include <sys/user.h>

#include <vm.h>

#include "vmcoreinfo.h"

/* The memory's offset in the file: the head's size, in whole pages. */
#define ELFCORE_HEAD 0x8000u

struct elfcore {
	uint64_t mem_size;
	struct image image;	       /* end 0: none */
	const struct vmcoreinfo *info; /* size 0: none */
	unsigned int ncpus;	       /* registers that are known: 0, or all */
	struct user_regs_struct regs[VM_MAX_VCPUS];
	int32_t pid[VM_MAX_VCPUS]; /* of the tasks that they run; 0: none, below: not known */
};

/* Fills HEAD of ELFCORE_HEAD bytes. */
void elfcore_head(uint8_t *head, const struct elfcore *core);

#endif
