// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - the page tables of a target.
 *
 * Runs: in the tracer's gdb thread; see physmem/tables.h for what must hold.
 */
#include "walk.h"

static bool read_tables(void *memory, uint64_t pa, void *buf, size_t len)
{
	return target_read_phys(memory, pa, buf, len) == (ssize_t)len;
}

int walk(struct target *t, uint64_t cr3, uint64_t va, struct walk *w)
{
	const struct tables tables = { read_tables, t, cr3 };

	return tables_walk(&tables, va, w);
}

void walk_each(struct target *t, uint64_t cr3, bool (*see)(void *ctx, const struct walk *w),
	       void *ctx)
{
	const struct tables tables = { read_tables, t, cr3 };

	tables_each(&tables, see, ctx);
}
