/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contexts.h - how many contexts the host pays for.
 *
 * Runs: in the manager before the VM starts, and in umvmm doctor.
 */
#ifndef UMVMM_HOST_CONTEXTS_H
#define UMVMM_HOST_CONTEXTS_H

#include <stdint.h>
#include <sys/resource.h>

#include <vm.h>

/*
 * Of each vCPU, at least 2. *why, unless null, becomes what bounds it: a host's limit by its
 * name, or null if that is VM_MAX_CONTEXTS or the size of the guest's memory.
 */
unsigned int contexts_limit(unsigned int ncpus, enum isolation_mode isolation, uint64_t mem_size,
			    const char **why);

/* How many mappings the host allows a process: vm.max_map_count. */
uint32_t contexts_maps(void);

/*
 * Bytes that so many processes of a VM may have beside the guest's memory and page tables:
 * private memory, copies of text, mailboxes, and the host's records of their mappings.
 */
uint64_t contexts_memory(unsigned int processes);

/* Open files of a VM whose vCPUs have so many contexts. */
rlim_t contexts_files(unsigned int ncpus, enum isolation_mode isolation, unsigned int contexts);

#endif
