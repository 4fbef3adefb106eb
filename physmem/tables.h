/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tables.h - the guest's page tables, read from outside (SDM vol. 3 4.5: four levels).
 *
 * Runs: in the tracer; in the manager and umvmm's other commands, which look at a guest
 * without its help. The monitor has a walk of its own, which also sets bits.
 *
 * Must hold: tables are the guest's, and may be anything: each entry is read once, and
 * a table that is no memory is an entry that is not present.
 */
#ifndef PHYSMEM_TABLES_H
#define PHYSMEM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <paging.h>

/* Page tables, and how to read them. */
struct tables {
	/* LEN bytes at guest physical PA: an entry, or a whole table. False: it is not RAM. */
	bool (*read)(void *memory, uint64_t pa, void *buf, size_t len);
	void *memory; /* READ's */
	uint64_t cr3;
};

/* One mapping. */
struct walk {
	uint64_t va;   /* of the page */
	uint64_t pa;   /* tables_walk(): of the address; tables_each(): of the page */
	uint64_t size; /* 4 KiB, 2 MiB or 1 GiB */
	uint64_t flags; /* PTE_*: what all levels permit, the rest of the last */
};

/* The mapping of VA: 0, or -EFAULT. */
int tables_walk(const struct tables *t, uint64_t va, struct walk *w)
	__attribute__((warn_unused_result));

/* Calls SEE with each mapping in order, until it says false. */
void tables_each(const struct tables *t, bool (*see)(void *ctx, const struct walk *w), void *ctx);

#endif
