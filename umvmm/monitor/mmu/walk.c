// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - the page-table walk (SDM vol. 3 4.5, four-level paging).
 *
 * Runs: monitor. Reads and writes guest page tables through the physmem window.
 *
 * Must hold: a table entry is read once and only the copy is used; A and D are
 * set by compare-and-swap on that copy, as another vCPU may change the entry.
 */
#include <paging.h>

#include "context/context.h"
#include "cpu/cpu.h"
#include "debugger/watch.h"
#include "mmu.h"

void *physmem_at(gpa_t pa, size_t len)
{
	uint64_t mem = vm_page->mem_size;
	uint64_t off = gpa_to_offset(mem, pa);

	if (off == ~0ull || len > mem - off)
		return 0;
	/* not across the hole for devices */
	if (pa < GPA_HOLE_START && len > GPA_HOLE_START - pa)
		return 0;
	return (void *)(uintptr_t)(PHYSMEM_WINDOW + off);
}

static int walk(gva_t va, struct translation *t, uint64_t *leaf_value, uint64_t **upper,
		uint64_t *upper_value, int *levels)
{
	gpa_t table = this_vcpu->cr3 & PTE_ADDRESS;
	int shift;

	*levels = 0;
	t->write = t->user = t->exec = 1;
	if (va >> 47) /* not a lower-half address: nothing of the guest is there */
		return 0;
	for (shift = 39; shift >= 12; shift -= 9) {
		uint64_t *entry = physmem_at(table + ((va >> shift) & 511) * 8, 8);
		uint64_t e;

		if (!entry)
			return 0;
		e = __atomic_load_n(entry, __ATOMIC_RELAXED);
		if (!(e & PTE_PRESENT))
			return 0;
		t->write &= (e & PTE_WRITE) != 0;
		t->user &= (e & PTE_USER) != 0;
		t->exec &= !(e & PTE_NX);
		if (shift == 12 || ((e & PTE_LARGE) && shift < 39)) {
			t->page_size = 1ull << shift;
			t->leaf = entry;
			t->pa = (e & PTE_ADDRESS & ~(t->page_size - 1)) | (va & (t->page_size - 1));
			t->global = (e & PTE_GLOBAL) && (this_vcpu->cr4 & CR4_PGE);
			t->dirty = (e & PTE_DIRTY) != 0;
			*leaf_value = e;
			return 1;
		}
		upper[*levels] = entry;
		upper_value[(*levels)++] = e;
		table = e & PTE_ADDRESS;
	}
	return 0;
}

/* False: the entry is not what was read; what it allows must be looked at again. */
static int set_bits(uint64_t *entry, uint64_t value, uint64_t bits)
{
	return (value & bits) == bits ||
	       __atomic_compare_exchange_n(entry, &value, value | bits, 0, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

uint32_t mmu_walk(gva_t va, uint32_t access, struct translation *t)
{
	uint64_t leaf = 0, *upper[3], upper_value[3];
	uint32_t err;
	int levels, i;

again:
	err = access | WALK_FAULT;
	if (!(this_vcpu->efer & EFER_NXE))
		err &= ~PF_I;
	if (!walk(va, t, &leaf, upper, upper_value, &levels))
		return err;
	err |= PF_P;
	if ((access & PF_U) && !t->user)
		return err;
	if ((access & PF_W) && !t->write && ((access & PF_U) || (this_vcpu->cr0 & CR0_WP)))
		return err;
	if ((access & PF_I) && !t->exec)
		return err;
	for (i = 0; i < levels; i++)
		if (!set_bits(upper[i], upper_value[i], PTE_ACCESSED))
			goto again;
	if (!set_bits(t->leaf, leaf, PTE_ACCESSED | (access & PF_W ? PTE_DIRTY : 0)))
		goto again;
	t->entry = leaf | PTE_ACCESSED;
	if (access & PF_W) {
		t->entry |= PTE_DIRTY;
		t->dirty = 1;
	}
	return 0;
}

int mmu_probe(gva_t va, struct translation *t)
{
	uint64_t *upper[3], upper_value[3];
	int levels;

	return walk(va, t, &t->entry, upper, upper_value, &levels);
}

static uint32_t guest_copy(gva_t va, void *buf, size_t len, uint32_t access)
{
	uint8_t *p = buf;

	while (len) {
		size_t n = PAGE_SIZE - (va & ~PAGE_MASK);
		struct translation t;
		uint8_t *mem;
		uint32_t err = mmu_walk(va, access, &t);
		size_t i;

		if (err)
			return err;
		if (n > len)
			n = len;
		mem = physmem_at(t.pa, n);
		if (!mem)
			return access | PF_P | WALK_FAULT;
		for (i = 0; i < n; i++) {
			if (access & PF_W)
				mem[i] = p[i];
			else
				p[i] = mem[i];
		}
		if (watch_any())
			watch_touch(va, n, access);
		va += n;
		p += n;
		len -= n;
	}
	return 0;
}

uint32_t code_rights(void)
{
	return this_vcpu->cpl == 3 ? AS_USER_CODE : AS_KERNEL_CODE;
}

uint32_t guest_read(gva_t va, void *to, size_t len, uint32_t rights)
{
	struct translation t;

	/* the common case: one aligned word */
	if (len == 8 && !(va & 7)) {
		uint32_t err = mmu_walk(va, rights, &t);
		uint64_t *mem;

		if (err)
			return err;
		mem = physmem_at(t.pa, 8);
		if (!mem)
			return rights | PF_P | WALK_FAULT;
		*(uint64_t *)to = *mem;
		if (watch_any())
			watch_touch(va, 8, rights);
		return 0;
	}
	return guest_copy(va, to, len, rights);
}

uint32_t guest_write(gva_t va, const void *from, size_t len, uint32_t rights)
{
	return guest_copy(va, (void *)from, len, rights | PF_W);
}
