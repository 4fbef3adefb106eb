// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tables.c - the guest's page tables, read from outside.
 *
 * Runs: in the tracer, the manager and commands; see tables.h for what must hold.
 */
#include "tables.h"

#include <errno.h>

#define LEVELS	4
#define ENTRIES 512u

/*
 * Hostile tables may contain themselves. 16 GiB, each page mapped a few times, have a
 * tenth of these tables.
 */
#define TABLES_MAX (256u * 1024)

static uint64_t size_of(int level)
{
	return 1ull << (12 + 9 * (level - 1));
}

/* What one entry of LEVEL adds to what those above permit. */
static uint64_t flags_of(uint64_t above, uint64_t entry)
{
	const uint64_t permits = PTE_WRITE | PTE_USER;

	return (entry & ~PTE_ADDRESS & ~permits & ~PTE_NX) | (above & entry & permits) |
	       ((above | entry) & PTE_NX);
}

static bool is_page(uint64_t entry, int level)
{
	return level == 1 || (level <= 3 && (entry & PTE_LARGE));
}

int tables_walk(const struct tables *t, uint64_t va, struct walk *w)
{
	uint64_t table = t->cr3 & PTE_ADDRESS, flags = PTE_WRITE | PTE_USER;

	if ((int64_t)(va << 16) >> 16 != (int64_t)va)
		return -EFAULT;
	for (int level = LEVELS; level > 0; level--) {
		uint64_t size = size_of(level), entry;

		if (!t->read(t->memory, table + va / size % ENTRIES * 8, &entry, 8) ||
		    !(entry & PTE_PRESENT))
			return -EFAULT;
		flags = flags_of(flags, entry);
		table = entry & PTE_ADDRESS;
		if (!is_page(entry, level))
			continue;
		w->va = va & -size;
		w->pa = (table & -size) | (va & (size - 1));
		w->size = size;
		w->flags = flags;
		return 0;
	}
	return -EFAULT;
}

struct each {
	const struct tables *t;
	bool (*see)(void *ctx, const struct walk *w);
	void *ctx;
	unsigned int tables;
};

static bool each(struct each *e, uint64_t table, int level, uint64_t va, uint64_t above)
{
	uint64_t entries[ENTRIES], size = size_of(level);

	if (e->tables++ == TABLES_MAX)
		return false;
	if (!e->t->read(e->t->memory, table, entries, sizeof(entries)))
		return true;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		uint64_t entry = entries[i], flags = flags_of(above, entry);
		struct walk w = { va + i * size, entry & PTE_ADDRESS & -size, size, flags };

		if (!(entry & PTE_PRESENT))
			continue;
		if (level == LEVELS && i >= ENTRIES / 2)
			w.va |= 0xffffull << 48;
		if (is_page(entry, level) ? !e->see(e->ctx, &w) :
					    !each(e, entry & PTE_ADDRESS, level - 1, w.va, flags))
			return false;
	}
	return true;
}

void tables_each(const struct tables *t, bool (*see)(void *ctx, const struct walk *w), void *ctx)
{
	struct each e = { t, see, ctx, 0 };

	each(&e, t->cr3 & PTE_ADDRESS, LEVELS, 0, PTE_WRITE | PTE_USER);
}
