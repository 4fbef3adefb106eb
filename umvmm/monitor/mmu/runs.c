// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runs.c - what is mapped at user addresses, and flushes that keep most of it.
 *
 * Runs: monitor, in a context. A hardware TLB loads a translation again for next to
 * nothing; here that is a signal and an mmap. So a flush compares what is mapped with
 * what the tables say now: pages stay, get other rights in place, or go. Of a single
 * page only the rights go (PROT_NONE): the host keeps its page tables, and where the same
 * page comes back, giving it rights is a fifth of an mmap.
 *
 * Must hold: every page that is mapped at a user address lies in some run; no page has
 * more rights than its run says. The opposite need not be true. There are never more host
 * mappings at user addresses than runs.
 */
#include <paging.h>

#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "debugger/watch.h"
#include "run_list.h"
#include "runs.h"

#define GROWTH	   3u  /* a change of one range adds at most so many runs */
#define GIVE_UP	   4u  /* so many dead runs at the start: the address space is going away */
#define KEEP_PAGES 16u /* where so many go at once, the host keeps its page tables for them */

/* What must be equal among neighbours, so that one answer holds for both. */
#define PTE_ALIKE                                                                                  \
	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_NX | UMVMM_PTE_TEXT | \
	 PTE_ADDRESS)

struct runs {
	struct run_list list;
};

struct runs own_runs;
struct runs sibling_runs;

/* In the user sibling: orders it. */
static int remote(const struct runs *set)
{
	return set == &sibling_runs;
}

/* 0 or a negative errno. */
static long unmap(const struct runs *set, gva_t start, gva_t end)
{
	if (!remote(set))
		return host_munmap(start, end - start);
	sibling_munmap(start, end - start);
	return 0;
}

/* A negative errno if part of it is not mapped, or the host has no room for a piece more. */
static long protect(const struct runs *set, gva_t start, gva_t end, int prot)
{
	if (!remote(set))
		return host_mprotect(start, end - start, prot);
	/* if that fails, sibling.c unmaps it */
	sibling_mprotect(start, end - start, prot);
	return 0;
}

int runs_full(const struct runs *set)
{
	return !run_list_room(&set->list, GROWTH, vm_page->maps_max / 4);
}

unsigned int runs_count(const struct runs *set)
{
	return set->list.count;
}

void runs_clear(struct runs *set)
{
	run_list_clear(&set->list);
}

void runs_remove(struct runs *set, gva_t start, gva_t end)
{
	run_list_remove(&set->list, start, end);
}

void runs_add(struct runs *set, gva_t va, uint64_t pages, uint64_t off, int prot, unsigned int kind)
{
	const struct run r = { va, off, (uint32_t)pages, (uint8_t)prot, (uint8_t)kind };

	/* copies are never one for the host */
	run_list_add(&set->list, &r, !(kind & RUN_TEXT));
}

int runs_permit(struct runs *set, gva_t va, gva_t *start, gva_t *end, uint64_t off, int prot)
{
	const struct run *r = run_list_find(&set->list, va);

	if (!r || r->va > va || r->kind != RUN_USER || r->prot == prot ||
	    r->off + (va - r->va) != off)
		return -1;
	if (*start < r->va)
		*start = r->va;
	if (*end > run_end(r))
		*end = run_end(r);
	if (protect(set, *start, *end, prot) < 0)
		return -1;
	runs_add(set, *start, (*end - *start) / PAGE_SIZE, off - (va - *start), prot, RUN_USER);
	return 0;
}

/* What the guest's tables allow now for a page of a run; 0: it is another, or none. */
static int allowed_page(const struct run *r, gva_t va, const struct translation *t, int raise)
{
	int prot = PROT_READ;

	if (!(t->entry & PTE_ACCESSED) ||
	    gpa_to_offset(vm_page->mem_size, t->pa) != r->off + (va - r->va) ||
	    !t->user == !!(r->kind & RUN_USER))
		return 0;
	if (r->kind & RUN_TEXT)
		return t->write || t->dirty || !t->exec || !(t->entry & UMVMM_PTE_TEXT) ? 0 :
											r->prot;
	if (t->write && t->dirty)
		prot |= PROT_WRITE;
	if (t->exec)
		prot |= PROT_EXEC;
	return raise && r->kind == RUN_USER ? prot : prot & r->prot;
}

/* The same for the pages from start on; *end becomes where another answer begins. */
static int allowed(const struct run *r, gva_t start, gva_t *end, int raise)
{
	int answer = -1;
	gva_t va = start;

	while (va < *end) {
		struct translation t;
		int prot = 0;
		gva_t next = va + PAGE_SIZE;

		if (mmu_probe(va, &t)) {
			unsigned int left = 511 - ((uintptr_t)t.leaf & ~PAGE_MASK) / 8;
			uint64_t e = t.entry;

			prot = allowed_page(r, va, &t, raise);
			if (t.page_size > PAGE_SIZE) {
				next = (va & ~(t.page_size - 1)) + t.page_size;
			} else {
				for (; left && next < *end; left--, next += PAGE_SIZE) {
					e += PAGE_SIZE;
					if ((__atomic_load_n(++t.leaf, __ATOMIC_RELAXED) ^ e) &
					    PTE_ALIKE)
						break;
				}
			}
		}
		if (answer < 0)
			answer = prot;
		else if (answer != prot)
			break;
		va = next;
	}
	if (va < *end)
		*end = va;
	return answer;
}

/*
 * What is to be done to some pages that follow each other, and is not done yet: one host
 * call is enough for all of them.
 */
struct change {
	gva_t start, end;
	int prot; /* GONE: unmap; between what goes nothing lies that stays */
};
#define GONE -1

/* 0, or -1: all must go, as there is no room to remember more. */
static int apply(struct runs *set, const struct change *c)
{
	gva_t at = c->start;

	if (c->start == c->end)
		return 0;
	/* where rights cannot be taken away, part of it may be gone: so may the rest */
	if (c->prot == GONE || protect(set, c->start, c->end, c->prot) < 0) {
		if (runs_full(set) || unmap(set, c->start, c->end) < 0)
			return -1;
		runs_remove(set, c->start, c->end);
		return 0;
	}
	while (at < c->end) {
		struct run r = *run_list_find(&set->list, at);
		gva_t end = run_end(&r) < c->end ? run_end(&r) : c->end;

		if (runs_full(set))
			return -1;
		runs_add(set, at, (end - at) / PAGE_SIZE, r.off + (at - r.va), c->prot, r.kind);
		at = end;
	}
	return 0;
}

/* One more piece: along with the change before it, or that is applied first. */
static int add_change(struct runs *set, struct change *c, gva_t start, gva_t end, int prot)
{
	int joins = c->start != c->end && prot == c->prot && (prot == GONE || c->end == start);

	/* no user's page lies between; but what the kernel has may */
	if ((c->start < UMVMM_WINDOW_START && start >= UMVMM_WINDOW_END) ||
	    (c->start < UMVMM_RANGE_START && start >= UMVMM_RANGE_END))
		joins = 0;
	if (!joins) {
		if (apply(set, c))
			return -1;
		c->start = start;
		c->prot = prot;
	}
	c->end = end;
	return 0;
}

/*
 * raise: rights may become more, too; and what goes may come back soon, so up to
 * KEEP_PAGES of it keep their place.
 */
static int check(struct runs *set, gva_t at, gva_t last, int raise)
{
	struct change todo = { 0, 0, GONE };
	unsigned int live = 0, dead = 0;
	uint64_t keep = raise ? KEEP_PAGES : 0;

	while (at < last) {
		const struct run *found = run_list_find(&set->list, at);
		struct run r;
		gva_t end;
		int prot;

		if (!found || found->va >= last)
			break;
		r = *found;
		if (at < r.va)
			at = r.va;
		end = run_end(&r) < last ? run_end(&r) : last;
		if (!r.prot) {
			at = end;
			continue;
		}
		prot = allowed(&r, at, &end, raise);
		if (!raise && !prot && !live && ++dead == GIVE_UP)
			return -1;
		live += prot != 0;
		if (prot == r.prot) {
			if (apply(set, &todo))
				return -1;
			todo = (struct change){ 0, 0, GONE };
		} else {
			uint64_t pages = (end - at) / PAGE_SIZE;

			if (!prot && r.kind == RUN_USER && pages <= keep)
				keep -= pages;
			else if (!prot)
				prot = GONE;
			if (add_change(set, &todo, at, end, prot))
				return -1;
		}
		at = end;
	}
	return apply(set, &todo);
}

int runs_limit(struct runs *set, gva_t page, int prot)
{
	const struct run *r = run_list_find(&set->list, page);
	struct change c = { page, page + PAGE_SIZE, prot };

	if (!r || r->va > page)
		return 0;
	c.prot &= r->prot;
	return apply(set, &c);
}

int runs_flush(struct runs *set, gva_t start, gva_t end)
{
	/* rights of a page that is watched only come by a fault */
	return check(set, start, end, !watch_any());
}

int runs_revalidate(struct runs *set)
{
	return check(set, 0, ~0ull, 0);
}
