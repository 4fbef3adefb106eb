// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - guest memory, physical and through a vCPU's page tables.
 *
 * Runs: in the tracer, which maps all of guest memory while there is a target.
 *
 * Must hold: page tables are the guest's: each entry is read once, and only
 * physmem_range() makes an address of what it holds (physmem/tables.h).
 */
#include "state.h"

#include <errno.h>
#include <string.h>

#include <physmem/tables.h>

#define PAGE	 4096u
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

/* The same; before the kernel has tables of its own, also where they will map its image. */
static int walk(struct target *t, uint64_t cr3, uint64_t va, uint64_t *pa, uint64_t *left)
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

static uint64_t cr3_of(const struct target *t, unsigned int vcpu)
{
	return __atomic_load_n(&vcpu_of(t, vcpu)->cr3, __ATOMIC_RELAXED);
}

int target_translate(struct target *t, unsigned int vcpu, uint64_t va, uint64_t *pa)
{
	uint64_t left;
	int err = target_needs(t, vcpu);

	return err ? err : walk(t, cr3_of(t, vcpu), va, pa, &left);
}

/* Bytes between guest memory and a buffer, which a WRITE does not change. */
struct transfer {
	uint8_t *buf;
	size_t len;
	bool write;
};

/* From PA on, as many as there are in one piece; 0 if PA is no RAM. */
static size_t copy(struct target *t, uint64_t pa, const struct transfer *x)
{
	uint8_t part[PAGE], *mem;
	size_t len = x->len;

	mem = physmem_range(&t->mem, pa, len);
	if (!mem) { /* perhaps its first page is */
		if (len > PAGE - pa % PAGE)
			len = PAGE - pa % PAGE;
		mem = physmem_range(&t->mem, pa, len);
	}
	if (!mem)
		return 0;
	if (!x->write) {
		memcpy(x->buf, mem, len);
		target_hide_breaks(t, pa, x->buf, len);
		return len;
	}
	if (len > sizeof(part))
		len = sizeof(part);
	memcpy(part, x->buf, len);
	target_keep_breaks(t, pa, part, len);
	memcpy(mem, part, len);
	return len;
}

/* CR3 NULL: ADDR is physical. */
static ssize_t transfer(struct target *t, const uint64_t *cr3, uint64_t addr, struct transfer x)
{
	const size_t all = x.len;

	while (x.len) {
		struct transfer part = x;
		uint64_t pa = addr, left = ~0ull;
		size_t n;

		if (cr3 && walk(t, *cr3, addr, &pa, &left) < 0)
			break;
		if (part.len > left)
			part.len = left;
		n = copy(t, pa, &part);
		if (!n)
			break;
		addr += n;
		x.buf += n;
		x.len -= n;
	}
	return x.len < all || !all ? (ssize_t)(all - x.len) : -EFAULT;
}

static ssize_t by_vcpu(struct target *t, unsigned int vcpu, uint64_t va, struct transfer x)
{
	int err = target_needs(t, vcpu);
	uint64_t cr3;

	if (err)
		return err;
	cr3 = cr3_of(t, vcpu);
	return transfer(t, &cr3, va, x);
}

ssize_t target_read(struct target *t, unsigned int vcpu, uint64_t va, void *buf, size_t len)
{
	return by_vcpu(t, vcpu, va, (struct transfer){ buf, len, false });
}

ssize_t target_write(struct target *t, unsigned int vcpu, uint64_t va, const void *buf, size_t len)
{
	return by_vcpu(t, vcpu, va, (struct transfer){ (uint8_t *)buf, len, true });
}

ssize_t target_read_phys(struct target *t, uint64_t pa, void *buf, size_t len)
{
	return transfer(t, NULL, pa, (struct transfer){ buf, len, false });
}

ssize_t target_write_phys(struct target *t, uint64_t pa, const void *buf, size_t len)
{
	return transfer(t, NULL, pa, (struct transfer){ (uint8_t *)buf, len, true });
}
