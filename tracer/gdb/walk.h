/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk.h - the guest's page tables, read from outside.
 *
 * Runs: in the tracer's gdb thread.
 *
 * Must hold: tables are the guest's, and may be anything: a table that is no memory
 * is an entry that is not present.
 */
#ifndef TRACER_GDB_WALK_H
#define TRACER_GDB_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include <tracer/target.h>

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7)
#define PTE_GLOBAL   (1ull << 8)
#define PTE_NX	     (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

/* One mapping. */
struct walk {
	uint64_t va;   /* of the page */
	uint64_t pa;   /* walk(): of the address; walk_each(): of the page */
	uint64_t size; /* 4 KiB, 2 MiB or 1 GiB */
	uint64_t flags; /* PTE_*: what all levels permit, the rest of the last */
};

/* The mapping of VA by the tables at CR3: 0, or -EFAULT. */
int walk(struct target *t, uint64_t cr3, uint64_t va, struct walk *w)
	__attribute__((warn_unused_result));

/* Calls SEE with each mapping in order, until it says false. */
void walk_each(struct target *t, uint64_t cr3, bool (*see)(void *ctx, const struct walk *w),
	       void *ctx);

#endif
