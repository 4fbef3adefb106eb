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
#include "context.h"
#include "host.h"
#include "mmu.h"
#include "runs.h"
#include "sibling.h"
#include "site.h"
#include "site_page.h"

#define PRIVATE_PAGES 64u

/* --isolation split: of the sibling's text pages these are private copies. */
static struct {
	uint64_t va;
	uint32_t serial;
} private_page[PRIVATE_PAGES];
static unsigned int private_pages;
static uint32_t last_serial;

void site_unmapped(uint64_t start, uint64_t len)
{
	unsigned int i = 0;

	while (i < private_pages) {
		if (private_page[i].va - start < len)
			private_page[i] = private_page[--private_pages];
		else
			i++;
	}
}

uint32_t site_page_serial(uint64_t va)
{
	unsigned int i;

	for (i = 0; this_vcpu->split && i < private_pages; i++)
		if (private_page[i].va == (va & ~4095ull))
			return private_page[i].serial;
	return 0;
}

static int is_private(uint64_t va, const struct translation *t)
{
	const uint64_t *here = (const uint64_t *)(uintptr_t)(va & ~4095ull);
	const uint64_t *there = physmem_at(t->pa & ~4095ull, 4096);
	unsigned int i;

	if (this_vcpu->split)
		return site_page_serial(va) != 0;
	for (i = 0; there && i < 4096 / 8; i++)
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
	const int prot = PROT_READ | PROT_WRITE | PROT_EXEC, flags = MAP_PRIVATE | MAP_FIXED;
	uint64_t off, page = va & ~4095ull;
	struct translation t;

	if (!mmu_probe(va, &t))
		return SITE_PAGE_NO_TEXT;
	off = gpa_to_offset(vm_page->mem_size, t.pa & ~4095ull);
	if (off == ~0ull || !is_text(&t))
		return SITE_PAGE_NO_TEXT;
	if (is_private(va, &t))
		return SITE_PAGE_OPEN;
	if (runs_full(this_vcpu->split ? &sibling_runs : &own_runs))
		mmu_flush_user();
	if (this_vcpu->split) {
		if (private_pages == PRIVATE_PAGES)
			return SITE_PAGE_FULL;
		sibling_order(HOST_NR_mmap, page, 4096, prot, flags, FD_PHYSMEM, off);
		private_page[private_pages].va = page;
		private_page[private_pages++].serial = ++last_serial ? last_serial : ++last_serial;
		runs_add(&sibling_runs, page, 1, off, prot, RUN_USER | RUN_TEXT);
		return SITE_PAGE_OPEN;
	}
	if (host_mmap(page, 4096, prot, flags, FD_PHYSMEM, off) < 0)
		return SITE_PAGE_FULL;
	runs_add(&own_runs, page, 1, off, prot, RUN_USER | RUN_TEXT);
	return SITE_PAGE_OPEN;
}

void site_page_write(uint64_t at, const uint8_t *code, unsigned int n)
{
	uint8_t *p = (uint8_t *)(uintptr_t)at;
	unsigned int i, step;

	for (i = 0; i < n; i += step) {
		step = 1;
		if (!this_vcpu->split) {
			p[i] = code[i];
		} else if (n - i >= 4) {
			step = 4;
			sibling_order((uint64_t)SIBLING_POKE4, at + i,
				      code[i] | (uint32_t)code[i + 1] << 8 |
					      (uint32_t)code[i + 2] << 16 |
					      (uint32_t)code[i + 3] << 24,
				      0, 0, 0, 0);
		} else {
			sibling_order((uint64_t)SIBLING_POKE1, at + i, code[i], 0, 0, 0, 0);
		}
	}
}
