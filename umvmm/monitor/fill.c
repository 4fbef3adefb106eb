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
#include "context.h"
#include "cpu.h"
#include "guest.h"
#include "host.h"
#include "mmu.h"
#include "pku.h"
#include "pte.h"
#include "runs.h"
#include "sibling.h"

/* what must be equal among neighbours: P W U A D PS G and NX */
#define PTE_ALIKE (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D | PTE_PS | PTE_G | PTE_NX)

/* The host allows vm.max_map_count (65530) mappings a process. */
#define MAPS_FULL 40000u

#define USER_END 0x600000000000ull /* then the guest kernel's addresses */

#define HOST_MIN_ADDR 0x10000u /* vm.mmap_min_addr is this at most */

#define USER_AROUND   16u  /* pages around a user fault */
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

	return !((e ^ value) & (PTE_ALIKE | PTE_ADDR));
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

/*
 * made: 0, or how many pages from va on the guest has just made: only these are
 * mapped. *next is the address behind what was mapped.
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
	uint32_t *maps;
	gva_t at;
	gpa_t pa;
	long ret;

	if (err)
		return err;
	if (!physmem_at(t->pa & ~4095ull, 4096))
		return MMU_MMIO;
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
		lo = i;
		hi = i + made < 512 ? i + made : 512;
	}
	around(table, i, t->entry, step, lo, hi, &start, &end);
	at = (va & ~(step - 1)) - (i - start) * step;
	pa = (t->pa & ~(step - 1)) - (i - start) * step;
	pages = (uint64_t)(end - start) * (step / 4096);

	/* a large page at address 0: the host keeps its first pages from us, unless root */
	if (at < HOST_MIN_ADDR) {
		gva_t from = va < HOST_MIN_ADDR ? va & ~4095ull : HOST_MIN_ADDR;

		pa += from - at;
		pages = va < HOST_MIN_ADDR ? 1 : pages - (from - at) / 4096;
		at = from;
	}
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
	/* and to the guest's part of the address space */
	if (at < UMVMM_WINDOW_END && at + pages * 4096 > UMVMM_MONITOR_BASE) {
		if (va >= UMVMM_MONITOR_BASE && va < UMVMM_WINDOW_END)
			guest_fault("maps memory into the monitor's window at %x", va);
		pages = (UMVMM_MONITOR_BASE - at) / 4096;
	}
	if (at + pages * 4096 > PHYSMEM_WINDOW)
		guest_fault("maps memory beyond the address space at %x", va);

	if (pages <= USER_AROUND)
		flags |= MAP_POPULATE;
	if (kernel && !t->global)
		ctx.kernel_nonglobal = 1;
	maps = remote ? &ctx.user_maps : &ctx.maps;
	if ((*maps)++ >= MAPS_FULL) {
		mmu_flush_user();
		mmu_flush_kernel();
		*maps = 1;
	}
	if (remote) {
		sibling_order(HOST_NR_mmap, at, pages * 4096, (uint64_t)prot, (uint64_t)flags,
			      FD_PHYSMEM, off);
	} else {
		ret = host_mmap(at, pages * 4096, prot, flags, FD_PHYSMEM, off);
		if (ret >= 0 && !t->user)
			ret = pku_protect(at, pages * 4096, prot);
		if (ret < 0)
			host_refused("mmap of guest page %x (ulimit -v, vm.max_map_count, "
				     "vm.mmap_min_addr?): error %d", va, ret);
	}
	if (!kernel)
		runs_add(remote ? &sibling_runs : &own_runs, at, pages, off, prot,
			 t->user ? RUN_USER : 0);
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
	 * mapped when they were made. For a read it often maps 16 pages of a file.
	 */
	do {
		unsigned int made = access & PF_W ? (unsigned int)((end - va) / 4096) : 0;

		if (fill(va, access, &t, made, &va))
			return;
		this_vcpu->stats.fill_eager++;
	} while (va < end);
}

static void unmap(gva_t start, gva_t end)
{
	if (start < end)
		host_munmap(start, end - start);
}

void mmu_flush_range(gva_t start, gva_t end)
{
	this_vcpu->stats.flush++;
	/* on both sides of the monitor's window */
	unmap(start, end < UMVMM_MONITOR_BASE ? end : UMVMM_MONITOR_BASE);
	unmap(start > UMVMM_WINDOW_END ? start : UMVMM_WINDOW_END,
	      end < PHYSMEM_WINDOW ? end : PHYSMEM_WINDOW);
}

static void flush_own(void)
{
	runs_clear(&own_runs);
	this_vcpu->stats.flush_all++;
	host_munmap(0, UMVMM_WINDOW_START);
	host_munmap(UMVMM_WINDOW_END, USER_END - UMVMM_WINDOW_END);
}

static void flush_sibling(void)
{
	if (!ctx.user_maps) /* also when this was ordered already */
		return;
	runs_clear(&sibling_runs);
	ctx.user_maps = 0;
	sibling_order(HOST_NR_munmap, 0, UMVMM_WINDOW_START, 0, 0, 0, 0);
	sibling_order(HOST_NR_munmap, UMVMM_WINDOW_END, USER_END - UMVMM_WINDOW_END, 0, 0, 0, 0);
}

void mmu_reload_user(void)
{
	if (runs_revalidate(&own_runs))
		flush_own();
	else
		this_vcpu->stats.flush_kept++;
	if (ctx.user_maps && runs_revalidate(&sibling_runs))
		flush_sibling();
}

void mmu_flush_user(void)
{
	flush_own();
	flush_sibling();
}

void mmu_flush_kernel(void)
{
	host_munmap(UMVMM_WINDOW_START, UMVMM_MONITOR_BASE - UMVMM_WINDOW_START);
	host_munmap(USER_END, PHYSMEM_WINDOW - USER_END);
	ctx.kernel_nonglobal = 0;
}

/* Remember a flush of kernel addresses for the vCPU's other contexts. */
static void log_kernel_flush(gva_t start, gva_t end)
{
	struct vcpu_contexts *a = vcpu_area;
	struct kflush *f = &a->kflush[a->kflush_gen % KFLUSH_LOG];

	f->start = start;
	f->end = end;
	a->kflush_gen++;
	ctx_table->v[ctx.slot].kflush_seen = a->kflush_gen;
}

void mmu_invlpg(gva_t va)
{
	/*
	 * A large page's entry goes as a whole. Its size is not known any more;
	 * Linux invalidates large pages at their own alignment.
	 */
	uint64_t size = va & 0x1fffff ? 4096 : 0x200000;
	gva_t start = va & ~4095ull;

	mmu_flush_range(start, start + size);
	if (ctx.user_maps && !is_kernel_address(va))
		sibling_order(HOST_NR_munmap, start, size, 0, 0, 0, 0);
	if (is_kernel_address(va))
		log_kernel_flush(start, start + size);
}

void mmu_flush_everything(void)
{
	mmu_flush_user();
	mmu_flush_kernel();
	log_kernel_flush(0, PHYSMEM_WINDOW);
	context_others_stale();
	ctx.maps = 0;
}
