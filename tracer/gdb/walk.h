/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * walk.h - the page tables of a target.
 *
 * Runs: in the tracer's gdb thread; see physmem/tables.h for what must hold.
 */
#ifndef TRACER_GDB_WALK_H
#define TRACER_GDB_WALK_H

#include <physmem/tables.h>
#include <tracer/target/target.h>

/* The mapping of VA by the tables at CR3: 0, or -EFAULT. */
int walk(struct target *t, uint64_t cr3, uint64_t va, struct walk *w)
	__attribute__((warn_unused_result));

/* Calls SEE with each mapping in order, until it says false. */
void walk_each(struct target *t, uint64_t cr3, bool (*see)(void *ctx, const struct walk *w),
	       void *ctx);

#endif
