/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestmem.h - a VM's memory, as seen by another process: umvmm dump, dmesg, ps, bt.
 *
 * Runs: in those and, after a panic, in the manager.
 * Must hold: nothing of guest memory is reached but through these two functions. They
 * check ranges and copy, so that a value stays what it was when it was checked.
 */
#ifndef UMVMM_INSPECT_GUESTMEM_H
#define UMVMM_INSPECT_GUESTMEM_H

#include <stddef.h>
#include <stdint.h>

#include <vm.h>

struct guestmem {
	int fd; /* guest physical memory */
	uint64_t size;
	struct image image;
	uint64_t tables; /* physical: the kernel's own page tables; 0: not known */
};

/* LEN bytes of RAM at guest physical PA: 0, or -1 if any of them is not RAM. */
int guestmem_read(const struct guestmem *mem, uint64_t pa, void *buf, size_t len)
	__attribute__((warn_unused_result));

/*
 * The same at a kernel's virtual address, of its image or of the direct map; any other
 * address (vmalloc, modules, per-CPU data) needs TABLES.
 */
int guestmem_read_kernel(const struct guestmem *mem, uint64_t va, void *buf, size_t len)
	__attribute__((warn_unused_result));

#endif
