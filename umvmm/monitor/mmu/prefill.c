// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prefill.c - the guest kernel's lasting mappings, made once in the zygote.
 *
 * Runs: monitor, in the zygote only, while the vCPU waits for a new context.
 * A fork inherits the host mappings, so a new context takes no fault (two
 * microseconds each) for the kernel image, the direct map and vmemmap.
 *
 * Must hold: the rule of fill.c. Only global, supervisor, young entries are
 * taken, writable only if dirty. What the guest has flushed since (the log of
 * kernel flushes) is not inherited.
 */
#include <paging.h>

#include "context/context.h"
#include "context/host.h"
#include "cpu/cpu.h"
#include "debugger/watch.h"
#include "entry/pku.h"
#include "mmu.h"
#include "prefill.h"
#include "report/report.h"

/* More than this is not a kernel that prefilling helps: forks copy every mapping. */
#define MAX_RUNS 256u

/*
 * Nor is one with more tables than map all of its memory several times: tables
 * that point at themselves would be walked for minutes.
 */
#define MAX_TABLES (1024 + vm_page->mem_size / 0x80000)

static const struct {
	gva_t start, end;
} ranges[] = {
	{ UMVMM_WINDOW_START, UMVMM_MODULES },	/* image */
	{ UMVMM_DIRECT_MAP, UMVMM_VMALLOC },
	{ UMVMM_VMEMMAP, UMVMM_ENTRY_AREA },
};
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static struct run {
	gva_t start, end;
	uint64_t off;
	int prot;
	unsigned int count;
} run;

static uint64_t seen, tables;
static int filled;

static void emit_run(void)
{
	if (run.end > run.start && run.count < MAX_RUNS) {
		/* what the host refuses is filled when it is touched */
		if (host_mmap(run.start, run.end - run.start, run.prot, MAP_SHARED | MAP_FIXED,
			      FD_PHYSMEM, run.off) >= 0 &&
		    pku_protect(run.start, run.end - run.start, run.prot) < 0 &&
		    host_munmap(run.start, run.end - run.start) < 0)
			host_refused("munmap of guest memory at %x", run.start);
		run.count++;
		ctx.maps += 2;
	}
	run.start = run.end = 0;
}

static void add(gva_t va, uint64_t entry, uint64_t size, uint64_t upper)
{
	uint64_t off = gpa_to_offset(vm_page->mem_size, entry & PTE_ADDRESS & ~(size - 1));
	int prot = PROT_READ;

	if (!(entry & PTE_GLOBAL) || !(entry & PTE_ACCESSED) || (entry & upper & PTE_USER) ||
	    off == ~0ull)
		return;
	if (size > vm_page->mem_size - off)
		size = vm_page->mem_size - off;
	if ((entry & upper & PTE_WRITE) && (entry & PTE_DIRTY))
		prot |= PROT_WRITE;
	if (!((entry | ~upper) & PTE_NX))
		prot |= PROT_EXEC;
	if (va != run.end || prot != run.prot || off != run.off + (run.end - run.start)) {
		emit_run();
		run.start = va;
		run.off = off;
		run.prot = prot;
	}
	run.end = va + size;
}

/* upper: AND of P W U of the levels above, and NX set where none of them has it. */
static void scan(gpa_t table, int shift, gva_t base, gva_t start, gva_t end, uint64_t upper)
{
	const uint64_t *t = physmem_at(table, PAGE_SIZE);
	uint64_t span = 1ull << shift;
	unsigned int i;

	if (!t || tables >= MAX_TABLES)
		return;
	tables++;
	for (i = 0; i < 512; i++) {
		gva_t va = base + i * span;
		uint64_t e;

		if (va >= end || va + span <= start)
			continue;
		e = __atomic_load_n(&t[i], __ATOMIC_RELAXED);
		if (!(e & PTE_PRESENT))
			continue;
		if (shift == 12 || ((e & PTE_LARGE) && shift < 39))
			add(va, e, span, upper);
		else
			scan(e & PTE_ADDRESS, shift - 9, va, start, end,
			     (upper & (e | PTE_NX)) & ~(e & PTE_NX));
	}
}

/* Did a logged flush touch what is prefilled? */
static int outdated(void)
{
	const struct vcpu_contexts *a = vcpu_area;
	unsigned int i;

	if (!filled || a->kflush_gen - seen > KFLUSH_LOG)
		return 1;
	for (; seen != a->kflush_gen; seen++) {
		const struct kflush *f = &a->kflush[seen % KFLUSH_LOG];

		for (i = 0; i < RANGES; i++)
			if (f->start < ranges[i].end && f->end > ranges[i].start)
				return 1;
	}
	return 0;
}

void prefill(void)
{
	unsigned int i;

	if (watch_any()) { /* a page of these may be watched */
		if (filled)
			mmu_flush_kernel();
		filled = 0;
		return;
	}
	/* before the kernel's own tables are up there is nothing that lasts */
	if (!(this_vcpu->cr4 & CR4_PGE) || !outdated())
		return;
	mmu_flush_kernel();
	run.count = 0;
	tables = 0;
	for (i = 0; i < RANGES; i++) {
		scan(this_vcpu->cr3 & PTE_ADDRESS, 39, 0, ranges[i].start, ranges[i].end, ~0ull);
		emit_run();
	}
	seen = vcpu_area->kflush_gen;
	filled = 1;
}
