// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * translate.c - where a guest's virtual address is in its memory.
 *
 * Runs: in the tracer, which maps all of guest memory while there is a target.
 *
 * Must hold: page tables are the guest's: each entry is read once, and only
 * physmem_range() makes an address of what it holds (physmem/tables.h).
 */
#include "state.h"

#include <errno.h>

#include <physmem/tables.h>

#define LOW_HALF 47

/* An entry: the guest may be writing it. */
static bool read_entry(void *memory, uint64_t pa, void *entry, size_t len)
{
	const uint64_t *p = physmem_range(memory, pa, len);

	if (!p)
		return false;
	*(uint64_t *)entry = __atomic_load_n(p, __ATOMIC_RELAXED);
	return true;
}

/* Where VA is, and how many bytes from there on belong to the same page. */
static int by_tables(struct target *t, uint64_t cr3, uint64_t va, uint64_t *pa, uint64_t *left)
{
	const struct tables tables = { read_entry, &t->mem, cr3 };
	struct walk w;

	if (va >> LOW_HALF) /* not the guest's: it has the lower half */
		return -EFAULT;
	if (tables_walk(&tables, va, &w) < 0)
		return -EFAULT;
	*pa = w.pa;
	*left = w.size - va % w.size;
	return 0;
}

/* Before the kernel has tables of its own, also where they will map its image. */
int target_place(struct target *t, uint64_t cr3, uint64_t va, uint64_t *pa, uint64_t *left)
{
	const uint64_t start = t->vm->image.start, size = t->vm->image.end - start,
		       offset = va - t->vm->image.virt;
	int err = by_tables(t, cr3, va, pa, left);

	if (!err || cr3 != t->vm->boot.cr3 || offset >= size)
		return err;
	*pa = start + offset;
	*left = size - offset;
	return 0;
}

uint64_t target_cr3(const struct target *t, unsigned int vcpu)
{
	return __atomic_load_n(&vcpu_of(t, vcpu)->cr3, __ATOMIC_RELAXED);
}

int target_translate(struct target *t, unsigned int vcpu, uint64_t va, uint64_t *pa)
{
	uint64_t left;
	int err = target_needs(t, vcpu);

	return err ? err : target_place(t, target_cr3(t, vcpu), va, pa, &left);
}
