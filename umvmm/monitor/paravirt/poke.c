// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poke.c - writes to the guest kernel's text, for the guest kernel.
 *
 * Runs: monitor, called by the guest's text_poke() (WRMSR UMVMM_MSR_POKE).
 *
 * Kernel text is mapped read-only, and Linux would write to it through a page table of
 * its own: here two hand-offs between host processes and a flush. The monitor maps all of
 * guest memory anyway, and every context of every vCPU maps the same file: what is written
 * to the memory below is seen by all of them at once. Nothing of a guest's tables changes.
 *
 * Must hold: the request is the guest's own memory; each value is looked at once, in a
 * copy. Only physmem_at() makes an address of what it names, so a wrong one can only
 * damage the guest. Nothing is written before all that is to be written is known to be
 * RAM. 1, 2, 4 and 8 bytes are one store, as other vCPUs may be executing them. The way
 * back to the guest ends in an IRETQ, so the vCPU that asked is serialized (SDM vol. 3,
 * 9.1.3), as by any other WRMSR; the others the guest sees to.
 */
#include <paging.h>

#include "context/context.h"
#include "debugger/watch.h"
#include "mmu/layout.h"
#include "mmu/mmu.h"
#include "poke.h"

/* Where guest memory is to be written, in one or two pieces. */
struct place {
	struct {
		uint8_t *mem;
		size_t len;
	} piece[2];
};

static int find_piece(gva_t va, size_t len, uint8_t **mem)
{
	struct translation t;

	if (!mmu_probe(va, &t) || t.user)
		return -EFAULT;
	*mem = physmem_at(t.pa, len);
	return *mem ? 0 : -EFAULT;
}

static int find(struct place *p, gva_t va, size_t len)
{
	size_t first = PAGE_SIZE - (va & (PAGE_SIZE - 1));
	int err;

	if (!len || len > UMVMM_POKE_MAX || va + len < va || !is_kernel_address(va) ||
	    !is_kernel_address(va + len - 1))
		return -EINVAL;
	if (first > len)
		first = len;
	if (len - first > PAGE_SIZE)
		return -EINVAL;
	p->piece[0].len = first;
	p->piece[1].len = len - first;
	p->piece[1].mem = 0;
	err = find_piece(va, first, &p->piece[0].mem);
	if (!err && len > first)
		err = find_piece(va + first, len - first, &p->piece[1].mem);
	return err;
}

static void store(uint8_t *mem, const uint8_t *bytes, size_t len)
{
	size_t i;

	switch (len) {
	case 8:
		__atomic_store_n((uint64_t *)(void *)mem, *(const uint64_t *)(const void *)bytes,
				 __ATOMIC_SEQ_CST);
		return;
	case 4:
		__atomic_store_n((uint32_t *)(void *)mem, *(const uint32_t *)(const void *)bytes,
				 __ATOMIC_SEQ_CST);
		return;
	case 2:
		__atomic_store_n((uint16_t *)(void *)mem, *(const uint16_t *)(const void *)bytes,
				 __ATOMIC_SEQ_CST);
		return;
	}
	for (i = 0; i < len; i++)
		__atomic_store_n(&mem[i], bytes[i], __ATOMIC_RELAXED);
}

static int write_piece(uint8_t *mem, size_t len, gva_t from)
{
	uint8_t part[64] __attribute__((aligned(8)));

	while (len) {
		size_t n = len < sizeof(part) ? len : sizeof(part);

		if (guest_read(from, part, n, AS_KERNEL))
			return -EFAULT;
		store(mem, part, n);
		mem += n;
		from += n;
		len -= n;
	}
	return 0;
}

static int poke(const struct umvmm_poke_req *req)
{
	struct place place;
	int err = find(&place, req->to, req->len);
	uint8_t byte;
	size_t i, n;

	if (err)
		return err;
	if (!req->fill) {
		err = write_piece(place.piece[0].mem, place.piece[0].len, req->from);
		if (!err)
			err = write_piece(place.piece[1].mem, place.piece[1].len,
					  req->from + place.piece[0].len);
		return err;
	}
	if (guest_read(req->from, &byte, 1, AS_KERNEL))
		return -EFAULT;
	for (i = 0; i < 2; i++)
		for (n = 0; n < place.piece[i].len; n++)
			__atomic_store_n(&place.piece[i].mem[n], byte, __ATOMIC_RELAXED);
	return 0;
}

void poke_text(uint64_t va)
{
	struct umvmm_poke_req req;
	int64_t error;

	this_vcpu->stats.poke++;
	if (guest_read(va, &req, sizeof(req), AS_KERNEL))
		return;
	error = poke(&req);
	if (watch_any() && !error)
		watch_touch(req.to, req.len, PF_W);
	guest_write(va + offsetof(struct umvmm_poke_req, error), &error, sizeof(error), AS_KERNEL);
}
