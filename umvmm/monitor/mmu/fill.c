// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fill.c - fills and flushes: host mappings as the vCPU's TLB.
 *
 * Runs: monitor, in a context; changes only this process's address space.
 *
 * Must hold: what is mapped is never more than what the guest's tables allowed
 * at some time since the last flush of that address: the rule of a hardware
 * TLB. A page is mapped writable only when its entry is dirty. Neighbours are
 * mapped along only if present, young, and alike in every permission.
 */
#include <paging.h>

#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "cpu/cpu.h"
#include "debugger/watch.h"
#include "entry/pku.h"
#include "layout.h"
#include "mmu.h"
#include "redirect/site_page.h"
#include "report/report.h"
#include "runs.h"

/* what must be equal among neighbours: P W U A D PS G and NX */
#define PTE_ALIKE                                                                                  \
	(PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_LARGE | PTE_GLOBAL |  \
	 PTE_NX)

/*
 * The host allows a process vm.max_map_count mappings. The kernel's addresses get half
 * of them, the user's (runs.c) a quarter; ctx.maps is an upper bound of the former.
 */
#define MAPS_FULL (vm_page->maps_max / 2)

#define USER_AROUND   16u  /* pages around a user fault */
#define LONG_PIECE    8u   /* so many pages of a file are worth a mapping before they are used */
#define KERNEL_AROUND 512u /* pages around a kernel fault, populated lazily */

static uint32_t physmem_offset(gpa_t pa, uint64_t *off)
{
	*off = gpa_to_offset(vm_page->mem_size, pa);
	return *off != ~0ull;
}

/* Is an entry as this value says? Read once: another vCPU may change it. */
static int alike(const uint64_t *entry, uint64_t value)
{
	uint64_t e = __atomic_load_n(entry, __ATOMIC_RELAXED);

	return !((e ^ value) & (PTE_ALIKE | PTE_ADDRESS));
}

/*
 * The entries [*start, *end) of this table page, within [lo, hi) and with index
 * i, whose value is e, that are alike and physically contiguous.
 */
static void around(const uint64_t *table, unsigned int i, uint64_t e, uint64_t step,
		   unsigned int lo, unsigned int hi, unsigned int *start, unsigned int *end)
{
	unsigned int s = i, n = i + 1;

	while (s > lo && alike(&table[s - 1], e - (i - s + 1) * step))
		s--;
	while (n < hi && alike(&table[n], e + (n - i) * step))
		n++;
	*start = s;
	*end = n;
}

/* Fails where nothing is mapped. */
static long protect_kernel(gva_t page, int prot)
{
	return host_mprotect(page, 4096, prot);
}

/* A mapping in the middle of another makes two more. */
static void make_kernel_room(void)
{
	if (ctx.maps + 2 > MAPS_FULL)
		mmu_flush_kernel();
	ctx.maps += 2;
}

/* The host may have less room than it said: once more with all of it. */
static void map_own(gva_t va, gva_t at, uint64_t len, int prot, int flags, uint64_t off, int user)
{
	int again = 0;
	long ret;

	for (;;) {
		ret = host_mmap(at, len, prot, flags, FD_PHYSMEM, off);
		if (ret >= 0 && !user)
			ret = pku_protect(at, len, prot);
		if (ret != -ENOMEM || again++)
			break;
		mmu_flush_user();
		mmu_flush_kernel();
		ctx.maps += 2;
	}
	if (ret < 0)
		host_refused("mmap of guest page %x (ulimit -v, vm.max_map_count, "
			     "vm.mmap_min_addr?): error %d", va, ret);
}

static int permits(int prot, uint32_t access)
{
	int need = access & PF_W ? PROT_WRITE : PROT_READ;

	return (prot & need) && (!(access & PF_I) || (prot & PROT_EXEC));
}

/*
 * Neighbours on the other side of the kernel's addresses are not mapped along: they are
 * accounted for otherwise. Nor is anything over the monitor.
 */
static void clip(gva_t va, gva_t *at, gpa_t *pa, uint64_t *pages)
{
	const gva_t bound[] = { 0,
				UMVMM_WINDOW_START,
				UMVMM_MONITOR_BASE,
				UMVMM_WINDOW_END,
				UMVMM_RANGE_START,
				PHYSMEM_WINDOW,
				UMVMM_RANGE_END,
				kernel_range_end(),
				ADDRESS_SPACE_END };
	unsigned int i = 0;

	if (va >= ADDRESS_SPACE_END)
		guest_fault("maps memory beyond the address space at %x", va);
	if (is_monitors_address(va))
		guest_fault("maps memory into the monitor's window at %x", va);
	while (bound[i + 1] <= va)
		i++;
	if (*at < bound[i]) {
		*pa += bound[i] - *at;
		*pages -= (bound[i] - *at) / 4096;
		*at = bound[i];
	}
	if (*pages > (bound[i + 1] - *at) / 4096)
		*pages = (bound[i + 1] - *at) / 4096;
}

/*
 * made: 0, or how many pages from va on the guest has just made, or mapped for a load:
 * these are mapped, after a store only these. *next is the address behind what was mapped.
 */
static uint32_t fill(gva_t va, uint32_t access, struct translation *t, unsigned int made,
		     gva_t *next)
{
	uint32_t err = mmu_walk(va, access, t);
	unsigned int i, start, end, limit, lo, hi;
	uint64_t off, step, pages, last;
	int prot = PROT_READ, flags = MAP_SHARED | MAP_FIXED, kernel;
	int remote = this_vcpu->split && (access & PF_U);
	const uint64_t *table;
	struct runs *runs = remote ? &sibling_runs : &own_runs;
	gva_t at;
	gpa_t pa;

	if (err)
		return err;
	if (!physmem_at(t->pa & ~4095ull, 4096))
		return MMU_MMIO;
	if (va < vm_page->min_address)
		return MMU_LOW;
	if (t->write && t->dirty)
		prot |= PROT_WRITE;
	if (t->exec)
		prot |= PROT_EXEC;
	kernel = is_kernel_address(va);
	step = t->page_size;
	table = (const uint64_t *)((uintptr_t)t->leaf & ~4095ul);
	i = ((uintptr_t)t->leaf & 4095) / 8;
	limit = kernel ? KERNEL_AROUND : step == 4096 ? USER_AROUND : 1;
	if ((access & PF_W) && !t->write) { /* CR0.WP is clear; setting it flushes */
		prot |= PROT_WRITE;
		limit = 1;
	}
	lo = i & ~(limit - 1);
	hi = lo + limit;
	if (made && !kernel && limit > 1) {
		lo = access & PF_W ? i : lo;
		hi = i + made > hi || (access & PF_W) ? i + made : hi;
		hi = hi < 512 ? hi : 512;
	}
	around(table, i, t->entry, step, lo, hi, &start, &end);
	at = (va & ~(step - 1)) - (i - start) * step;
	pa = (t->pa & ~(step - 1)) - (i - start) * step;
	pages = (uint64_t)(end - start) * (step / 4096);

	/* a large page at address 0: the host keeps its first pages from us, unless root */
	if (at < HOST_MIN_ADDRESS) {
		gva_t from = va < HOST_MIN_ADDRESS ? va & ~4095ull : HOST_MIN_ADDRESS;

		pa += from - at;
		pages = va < HOST_MIN_ADDRESS ? 1 : pages - (from - at) / 4096;
		at = from;
	}
	clip(va, &at, &pa, &pages);
	/* clip to RAM on this side of the hole */
	if (!physmem_offset(pa, &off)) {
		at = va & ~4095ull;
		pa = t->pa & ~4095ull;
		pages = 1;
		physmem_offset(pa, &off);
	}
	last = (pa < GPA_HOLE_START ? GPA_HOLE_START - pa : ~0ull) / 4096;
	if (pages > last)
		pages = last;
	if (pages > (vm_page->mem_size - off) / 4096)
		pages = (vm_page->mem_size - off) / 4096;
	if (watch_any()) {
		gva_t from = at, to = at + pages * 4096;

		prot = watch_prot(va, t->pa, prot, remote);
		if (!permits(prot, access))
			return MMU_WATCHED;
		watch_part(va, &from, &to);
		off += from - at;
		at = from;
		pages = (to - from) / 4096;
	}
	if (pages <= USER_AROUND || (made && !kernel && step == 4096))
		flags |= MAP_POPULATE;
	if (kernel && !t->global)
		ctx.kernel_nonglobal = 1;
	if (kernel && !remote && watch_is_open(va, remote) && !protect_kernel(at, prot)) {
		*next = at + 4096;
		this_vcpu->stats.fill_in_place++;
		return 0;
	}
	if (kernel) {
		make_kernel_room();
	} else {
		gva_t from = at, to = at + pages * 4096;

		if (runs_full(runs))
			mmu_flush_user();
		if (t->user && !runs_permit(runs, va & ~4095ull, &from, &to,
					    off + ((va & ~4095ull) - at), prot)) {
			*next = to;
			this_vcpu->stats.fill_in_place++;
			return 0;
		}
	}
	if (remote)
		sibling_mmap(at, pages * 4096, prot, flags, FD_PHYSMEM, off);
	else
		map_own(va, at, pages * 4096, prot, flags, off, t->user);
	if (!kernel)
		runs_add(runs, at, pages, off, prot, t->user ? RUN_USER : 0);
	this_vcpu->stats.fill++;
	this_vcpu->stats.fill_pages += pages;
	*next = at + pages * 4096;
	return 0;
}

uint32_t mmu_fill(gva_t va, uint32_t access, struct translation *t)
{
	gva_t next;

	return fill(va, access, t, 0, &next);
}

void mmu_refill(gva_t va, uint32_t access, unsigned int pages)
{
	struct translation t;
	gva_t end;

	va &= ~4095ull;
	end = va + pages * 4096ull;
	/*
	 * Pages that the guest has made for a write are alone: their neighbours were
	 * mapped when they were made. Those of a file that it has mapped for a read may
	 * lie all over its memory, and may never be used: where it takes many mappings
	 * for few pages the rest waits until it is.
	 */
	do {
		gva_t from = va;

		if (fill(va, access, &t, (unsigned int)((end - va) / 4096), &va))
			return;
		this_vcpu->stats.fill_eager++;
		if (!(access & PF_W) && va - from < LONG_PIECE * 4096ull)
			return;
	} while (va < end);
}

/* No flush may be lost: if all cannot go either, the VM ends. */
static void unmap_all(gva_t start, gva_t end)
{
	long ret = host_munmap(start, end - start);

	if (ret < 0)
		host_refused("munmap of guest memory at %x (vm.max_map_count?): error %d", start,
			     ret);
}

static void flush_own(void)
{
	runs_clear(&own_runs);
	this_vcpu->stats.flush_all++;
	unmap_all(0, UMVMM_WINDOW_START);
	unmap_all(UMVMM_WINDOW_END, UMVMM_RANGE_START);
	unmap_all(kernel_range_end(), ADDRESS_SPACE_END);
}

static void flush_sibling(void)
{
	if (!runs_count(&sibling_runs)) /* also when this was ordered already */
		return;
	sibling_order_flush();
}

static void with_part(gva_t start, gva_t end, gva_t from, gva_t to, void (*act)(gva_t, gva_t))
{
	if (start < from)
		start = from;
	if (end > to)
		end = to;
	if (start < end)
		act(start, end);
}

/* With what of [start, end) is the kernel's. */
static void with_kernel_parts(gva_t start, gva_t end, void (*act)(gva_t, gva_t))
{
	with_part(start, end, UMVMM_WINDOW_START, UMVMM_MONITOR_BASE, act);
	with_part(start, end, UMVMM_RANGE_START, PHYSMEM_WINDOW, act);
	with_part(start, end, UMVMM_RANGE_END, kernel_range_end(), act);
}

static void flush_kernel(gva_t start, gva_t end)
{
	/* this may make two mappings of one */
	if (ctx.maps + 1 > MAPS_FULL || host_munmap(start, end - start) < 0)
		mmu_flush_kernel();
	else
		ctx.maps++;
}

void mmu_flush_range(gva_t start, gva_t end)
{
	this_vcpu->stats.flush++;
	/* runs.c knows user addresses only: those on both sides of what the kernel has */
	if (runs_flush(&own_runs, start, end))
		flush_own();
	with_kernel_parts(start, end, flush_kernel);
}

void mmu_reload_user(void)
{
	if (runs_revalidate(&own_runs))
		flush_own();
	else
		this_vcpu->stats.flush_kept++;
	if (runs_revalidate(&sibling_runs))
		flush_sibling();
}

void mmu_flush_user(void)
{
	flush_own();
	flush_sibling();
	site_pages_flushed();
}

void mmu_flush_kernel(void)
{
	with_kernel_parts(0, ADDRESS_SPACE_END, unmap_all);
	ctx.kernel_nonglobal = 0;
	ctx.maps = 0;
}

/*
 * Remember a flush of kernel addresses for the vCPU's other contexts. What they have at user
 * addresses is none of theirs.
 */
static void log_kernel_flush(gva_t start, gva_t end)
{
	struct vcpu_contexts *a = vcpu_area;
	struct kflush *f = &a->kflush[a->kflush_gen % KFLUSH_LOG];

	f->start = start;
	f->end = end;
	a->kflush_gen++;
	ctx_table->v[ctx.slot].kflush_seen = a->kflush_gen;
}

static void flush_sibling_range(gva_t start, gva_t end)
{
	if (runs_flush(&sibling_runs, start, end))
		flush_sibling();
}

void mmu_forget_page(gva_t page)
{
	struct runs *runs = this_vcpu->split ? &sibling_runs : &own_runs;

	if (page >= ADDRESS_SPACE_END || is_kernel_address(page)) /* not of our making: the table is the guest's */
		return;
	if (runs_full(runs)) {
		mmu_flush_user();
		return;
	}
	runs_remove(runs, page, page + 4096);
	if (this_vcpu->split)
		sibling_munmap(page, 4096);
	else if (host_munmap(page, 4096) < 0)
		flush_own();
}

void mmu_limit(gva_t page, int prot, int remote)
{
	if (!is_kernel_address(page)) {
		if (runs_limit(remote ? &sibling_runs : &own_runs, page, prot))
			mmu_flush_user();
	} else if (remote) {
		sibling_munmap(page, 4096);
	} else if (protect_kernel(page, prot) < 0) {
		flush_kernel(page, page + 4096);
	}
}

void mmu_flush_pages(gva_t va, unsigned int pages)
{
	gva_t start = va & ~4095ull, end = start + pages * 4096ull;
	/*
	 * A large page's entry goes as a whole. Its size is not known any more;
	 * Linux invalidates large pages at their own alignment.
	 */
	gva_t large = (end - 1) & ~0x1fffffull;

	if (large >= start)
		end = large + 0x200000;
	mmu_flush_range(start, end);
	flush_sibling_range(start, end);
	with_kernel_parts(start, end, log_kernel_flush);
}

void mmu_invlpg(gva_t va)
{
	mmu_flush_pages(va, 1);
}

void mmu_flush_everything(void)
{
	mmu_flush_user();
	mmu_flush_kernel();
	log_kernel_flush(0, ADDRESS_SPACE_END);
	context_others_stale();
}
