/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overhead.h - what a VM may take of the host's memory beyond the guest's: the host's page
 * tables for its processes.
 */
#ifndef UMVMM_OVERHEAD_H
#define UMVMM_OVERHEAD_H

#include <stdint.h>

struct machine;

/*
 * Bytes of page tables for a VM with MEM_SIZE bytes of memory and so many processes; who has
 * more is ended.
 */
uint64_t overhead_limit(uint64_t mem_size, unsigned int processes);

/* A thread that looks at them; without, or without /proc, nobody does. */
void overhead_start(struct machine *m);
void overhead_stop(struct machine *m);

#endif
