// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_page.c - private copies of text pages, in which call sites are rewritten.
 *
 * Runs: monitor, in a context. With --isolation split the copies are the user sibling's,
 * made and written by orders.
 *
 * Must hold: only text that nobody else may change is copied. A copy goes with any flush
 * that finds anything else in its place. What is known of it is private to this context: the guest cannot lie.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "mmu/mmu.h"
#include "mmu/runs.h"
#include "site.h"
#include "site_page.h"

/*
 * The pages of this context in the VM file that are copies of text, of the user's in it or of
 * its sibling's.
 */
static struct copy {
	uint64_t va; /* 0: free */
	uint32_t serial;
	uint8_t sibling;
} copy[TEXT_COPIES];
static uint32_t last_serial;

/* Of the user code that runs now; -1: there is none of this page. */
static int find(uint64_t va)
{
	unsigned int i;

	for (i = 0; i < TEXT_COPIES; i++)
		if (copy[i].va == (va & PAGE_MASK) && copy[i].va &&
		    copy[i].sibling == (this_vcpu->split != 0))
			return (int)i;
	return -1;
}

void site_unmapped(uint64_t start, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < TEXT_COPIES; i++)
		if (copy[i].sibling && copy[i].va - start < len)
			copy[i].va = 0;
}

void site_pages_flushed(void)
{
	unsigned int i;

	for (i = 0; i < TEXT_COPIES; i++)
		copy[i].va = 0;
}

uint32_t site_page_serial(uint64_t va)
{
	int i = this_vcpu->split ? find(va) : -1;

	return i < 0 ? 0 : copy[i].serial;
}

/* The page's own, or a free one; -1: of a sibling's all are in use. */
static int take(uint64_t page)
{
	unsigned int i;
	int own = find(page);

	if (own >= 0)
		return own;
	for (i = 0; i < TEXT_COPIES && copy[i].va; i++)
		;
	if (i < TEXT_COPIES)
		return (int)i;
	if (this_vcpu->split)
		return -1;
	mmu_flush_user(); /* which of ours are mapped is not known */
	return 0;
}

static uint8_t *window(int i)
{
	return (uint8_t *)(uintptr_t)(COPIES_WINDOW +
				      ((uint64_t)ctx.slot * TEXT_COPIES + (unsigned int)i) *
					      PAGE_SIZE);
}

uint8_t *site_page_copy(uint64_t va, uint64_t off)
{
	const int prot = PROT_READ | PROT_EXEC, flags = MAP_SHARED | MAP_FIXED;
	struct runs *runs = this_vcpu->split ? &sibling_runs : &own_runs;
	const uint64_t *from = (const uint64_t *)(uintptr_t)(PHYSMEM_WINDOW + off);
	uint64_t page = va & PAGE_MASK, at, *to;
	unsigned int k;
	int i;

	if (runs_full(runs))
		mmu_flush_user();
	i = take(page);
	if (i < 0)
		return 0;
	to = (uint64_t *)(void *)window(i);
	for (k = 0; k < PAGE_SIZE / 8; k++)
		to[k] = from[k];
	at = copies_offset(context_limit(), this_vcpu->index, ctx.slot) +
	     (unsigned int)i * PAGE_SIZE;
	if (this_vcpu->split)
		sibling_mmap(page, PAGE_SIZE, prot, flags, FD_VM, at);
	else if (host_mmap(page, PAGE_SIZE, prot, flags, FD_VM, at) < 0)
		return 0;
	copy[i] = (struct copy){ page, ++last_serial ? last_serial : ++last_serial,
				 this_vcpu->split != 0 };
	runs_add(runs, page, 1, off, prot, RUN_USER | RUN_TEXT);
	return (uint8_t *)to;
}

static int is_private(uint64_t va, const struct translation *t)
{
	const uint64_t *here = (const uint64_t *)(uintptr_t)(va & PAGE_MASK);
	const uint64_t *there = physmem_at(t->pa & PAGE_MASK, PAGE_SIZE);
	unsigned int i;

	if (this_vcpu->split)
		return site_page_serial(va) != 0;
	for (i = 0; there && i < PAGE_SIZE / 8; i++)
		if (here[i] != there[i])
			return 1;
	return 0;
}

int site_page_is_private(uint64_t va)
{
	struct translation t;

	return mmu_probe(va, &t) && is_private(va, &t);
}

/*
 * The guest marks the executable pages of private file mappings, and one that is not
 * dirty is the file's own.
 */
static int is_text(const struct translation *t)
{
	return !t->write && !t->dirty && t->exec && t->user && (*t->leaf & UMVMM_PTE_TEXT);
}

int site_page_is_text(uint64_t va)
{
	struct translation t;

	return mmu_probe(va, &t) && is_text(&t);
}

enum site_page site_page_open(uint64_t va)
{
	struct translation t;
	uint64_t off;

	if (!mmu_probe(va, &t))
		return SITE_PAGE_NO_TEXT;
	off = gpa_to_offset(vm_page->mem_size, t.pa & PAGE_MASK);
	if (off == ~0ull || !is_text(&t))
		return SITE_PAGE_NO_TEXT;
	if (is_private(va, &t))
		return SITE_PAGE_OPEN;
	return site_page_copy(va, off) ? SITE_PAGE_OPEN : SITE_PAGE_FULL;
}

void site_page_write(uint64_t at, const uint8_t *code, unsigned int n)
{
	int c = find(at);
	unsigned int i;

	for (i = 0; c >= 0 && i < n; i++)
		window(c)[(at & ~PAGE_MASK) + i] = code[i];
}
