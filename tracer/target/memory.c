// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - guest memory, physical and through a vCPU's page tables.
 *
 * Runs: in the tracer, which maps all of guest memory while there is a target.
 */
#include "state.h"

#include <errno.h>
#include <paging.h>
#include <string.h>

/* Bytes between guest memory and a buffer, which a WRITE does not change. */
struct transfer {
	uint8_t *buf;
	size_t len;
	bool write;
};

/* From PA on, as many as there are in one piece; 0 if PA is no RAM. */
static size_t copy(struct target *t, uint64_t pa, const struct transfer *x)
{
	uint8_t part[PAGE_SIZE], *mem;
	size_t len = x->len;

	mem = physmem_range(&t->mem, pa, len);
	if (!mem) { /* perhaps its first page is */
		if (len > PAGE_SIZE - pa % PAGE_SIZE)
			len = PAGE_SIZE - pa % PAGE_SIZE;
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

		if (cr3 && target_place(t, *cr3, addr, &pa, &left) < 0)
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
	cr3 = target_cr3(t, vcpu);
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
