// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runs.c - a TLB flush that keeps what a hardware TLB would at once load again.
 *
 * Runs: monitor, in a context. A flush after fork() takes write permission from
 * every page of the parent; unmapping all of it would cost a signal and an mmap
 * for each page that is used again, most of them text.
 *
 * Must hold: every page that is mapped at a user address lies in some run. The
 * opposite need not be true: part of a run may have been unmapped, or replaced
 * by a later run; unmapping too much is always allowed.
 */
#include "context.h"
#include "host.h"
#include "pte.h"
#include "runs.h"
#include "sibling.h"

#define MAX_RUNS 160u
#define GIVE_UP	 4u /* so many dead runs at the start: the address space is going away */

struct run {
	gva_t va;
	uint64_t off;
	uint32_t pages;
	uint8_t prot, kind;
};

struct runs {
	int remote; /* in the user sibling: orders it */
	int overflow;
	unsigned int count;
	struct run run[MAX_RUNS];
};

struct runs own_runs;
struct runs sibling_runs = { .remote = 1 };

static void unmap(const struct runs *set, const struct run *r)
{
	if (set->remote)
		sibling_order(HOST_NR_munmap, r->va, r->pages * 4096ull, 0, 0, 0, 0);
	else
		host_munmap(r->va, r->pages * 4096ull);
}

/* A negative errno if part of the run is no longer mapped. */
static long protect(const struct runs *set, const struct run *r, int prot)
{
	if (!set->remote)
		return host_call(HOST_NR_mprotect, (long)r->va, (long)(r->pages * 4096ull), prot, 0,
				 0, 0);
	/* if that fails, sibling.c unmaps it */
	sibling_order(HOST_NR_mprotect, r->va, r->pages * 4096ull, (uint64_t)prot, 0, 0, 0);
	return 0;
}

void runs_add(struct runs *set, gva_t va, uint64_t pages, uint64_t off, int prot,
	      unsigned int kind)
{
	struct run *r = &set->run[set->count];

	if (set->count == MAX_RUNS || pages > 512) {
		set->overflow = 1;
		return;
	}
	r->va = va;
	r->off = off;
	r->pages = (uint32_t)pages;
	r->prot = (uint8_t)prot;
	r->kind = (uint8_t)kind;
	set->count++;
}

void runs_clear(struct runs *set)
{
	set->count = 0;
	set->overflow = 0;
}

/* What the guest's tables allow now for all of the run; 0: not even the same pages. */
static int allowed(const struct run *r)
{
	int prot = r->prot;
	uint32_t i;

	for (i = 0; i < r->pages; i++) {
		struct translation t;

		if (!mmu_probe(r->va + i * 4096ull, &t) || !(*t.leaf & PTE_A) ||
		    gpa_to_offset(vm_page->mem_size, t.pa) != r->off + i * 4096ull)
			return 0;
		if ((r->prot & PROT_EXEC) && !t.exec)
			return 0;
		if (!t.user == !!(r->kind & RUN_USER))
			return 0;
		if ((r->kind & RUN_TEXT) && (t.write || t.dirty || !(*t.leaf & UMVMM_PTE_TEXT)))
			return 0;
		if (!(r->kind & RUN_TEXT) && (!t.write || !t.dirty))
			prot &= ~PROT_WRITE;
	}
	return prot;
}

int runs_revalidate(struct runs *set)
{
	unsigned int i = 0, dead = 0;

	if (set->overflow)
		return -1;
	while (i < set->count) {
		struct run *r = &set->run[i];
		int prot = allowed(r);

		if (!prot && ++dead == GIVE_UP && i == 0)
			return -1;
		/* where rights cannot be taken away, part of it may be gone: so may the rest */
		if (!prot || (prot != r->prot && protect(set, r, prot) < 0)) {
			unmap(set, r);
			*r = set->run[--set->count];
			continue;
		}
		r->prot = (uint8_t)prot;
		i++;
	}
	return 0;
}
