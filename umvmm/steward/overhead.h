/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overhead.h - what a VM may take of the host's memory beyond the guest's: the host's page
 * tables for its processes.
 */
#ifndef UMVMM_STEWARD_OVERHEAD_H
#define UMVMM_STEWARD_OVERHEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Bytes of page tables for a VM with MEM_SIZE bytes of memory and so many processes; who has
 * more is ended.
 */
uint64_t overhead_limit(uint64_t mem_size, unsigned int processes);

/* Process ids of children. */
struct children {
	pid_t *pid;
	unsigned int count, room;
};

/*
 * The children of PARENT's main thread, as the host lists them (CONFIG_PROC_CHILDREN), or else,
 * or if it SEARCHES, by a look at all processes. 0, or -1: there is no /proc, or no memory.
 */
int overhead_children(struct children *children, pid_t parent, bool searches)
	__attribute__((warn_unused_result));

/* A VM that is looked at, again and again; zero but for the first two at the start. */
struct overhead {
	pid_t parent; /* the manager */
	uint64_t mem_size;
	uint64_t tables, limit; /* at the last look */
	struct children children;
	struct look {
		struct process *process;
		unsigned int count, room;
	} look[2];
	unsigned int turn;
};

/*
 * One look: after how many milliseconds the next is due; -1: it cannot be looked at, nor ever
 * will be.
 */
int overhead_look(struct overhead *o);

#endif
