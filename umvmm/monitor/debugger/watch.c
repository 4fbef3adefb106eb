// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch.c - breakpoints and watchpoints of a debugger without the host's debug registers.
 *
 * Runs: monitor, in a context.
 *
 * A page with something watched is mapped without the right in question, in every process
 * of the VM. What touches it faults. Then the page is opened, in this process only and for
 * this kind of access, one instruction is stepped, and the page is closed again. The fault's
 * address and the instruction's bytes tell what was touched (access.c); where these do not
 * know, whether the value has changed. What a gate does on the guest's stack is stepped, too,
 * and what the monitor does in the guest's place it says itself (watch_touch).
 *
 * As in hardware it is linear addresses that are watched, in whatever address space, and
 * the vCPU stops behind the instruction; before it at an execution breakpoint. For these
 * the tracer has put an INT3 where the page was mapped; this is for all other pages that
 * come to be at that address.
 *
 * Must hold: a page is open only while one instruction is stepped: whatever ends that, or
 * gives the vCPU to another process, closes it. The table is the guest's to write: each
 * entry is checked in a copy.
 */
#include "context/host.h"
#include "cpu/access.h"
#include "cpu/cpu.h"
#include "report/report.h"
#include "stop.h"
#include "watch.h"

#define PAGE_OF(va) (PAGE_MASK & (va))

/* So many instructions between two interrupts, if handling one takes so long that the next waits.
 */
#define BETWEEN_INTERRUPTS 256u

/* Pages that the stepped instruction has been let to. */
struct open_page {
	gva_t page;
	gpa_t pa;
	int prot;
	int remote;
};

static struct {
	struct open_page open[HW_BREAKS];
	unsigned int count;
	unsigned int hits;  /* bit n: watch n */
	unsigned int known; /* bit n: `before` has its value */
	uint64_t before[HW_BREAKS];
	int gate; /* it is an instruction of a gate */
} stepped;

/* Watch n, if there is one and it can be one. */
static int get(unsigned int n, struct watch *w)
{
	*w = debugger->watch[n];
	return w->kind >= WATCH_EXECUTE && w->kind <= WATCH_ACCESS && w->len >= 1 && w->len <= 8 &&
	       PAGE_OF(w->va) == PAGE_OF(w->va + w->len - 1);
}

static int overlaps(const struct watch *w, gva_t va, uint64_t len)
{
	return va < w->va + w->len && w->va < va + len;
}

/* Is there an INT3 of the tracer's still, so that nothing is needed of us? */
static int has_int3(gva_t va, gpa_t pa)
{
	const uint8_t *mem = physmem_at(pa, 1);
	uint32_t i, count = debugger->soft_count;

	for (i = 0; i < count && i < SOFT_BREAKS; i++) {
		struct soft_break b = debugger->soft[i];

		if ((b.pa & SOFT_PA) == pa && b.va == va)
			return mem && *mem == 0xcc;
	}
	return 0;
}

static int limit(gva_t va, gpa_t pa, int prot)
{
	struct watch w;
	unsigned int n;

	for (n = 0; n < HW_BREAKS; n++) {
		if (!get(n, &w) || PAGE_OF(w.va) != PAGE_OF(va))
			continue;
		if (w.kind == WATCH_ACCESS)
			prot = 0;
		else if (w.kind == WATCH_WRITE)
			prot &= ~PROT_WRITE;
		else if (!has_int3(w.va, PAGE_OF(pa) + (w.va & ~PAGE_MASK)))
			prot &= ~PROT_EXEC;
	}
	return prot;
}

static struct open_page *find_open(gva_t va, int remote)
{
	unsigned int i;

	for (i = 0; i < stepped.count; i++)
		if (stepped.open[i].page == PAGE_OF(va) && stepped.open[i].remote == remote)
			return &stepped.open[i];
	return 0;
}

int watch_is_open(gva_t va, int remote)
{
	return find_open(va, remote) != 0;
}

int watch_prot(gva_t va, gpa_t pa, int prot, int remote)
{
	const struct open_page *p = find_open(va, remote);

	return limit(va, pa, prot) | (p ? p->prot & prot : 0);
}

void watch_part(gva_t va, gva_t *start, gva_t *end)
{
	struct watch w;
	unsigned int n;

	for (n = 0; n < HW_BREAKS; n++) {
		gva_t page;

		if (!get(n, &w))
			continue;
		page = PAGE_OF(w.va);
		if (page == PAGE_OF(va)) {
			*start = page;
			*end = page + 4096;
			return;
		}
		if (page < va && *start < page + PAGE_SIZE)
			*start = page + 4096;
		if (page > va && *end > page)
			*end = page;
	}
}

/* Which watches an access of len bytes at va hits, as bits. */
static unsigned int hits_of(gva_t va, uint64_t len, uint32_t access)
{
	unsigned int n, hits = 0;
	struct watch w;

	for (n = 0; n < HW_BREAKS; n++)
		if (get(n, &w) && overlaps(&w, va, len) &&
		    (w.kind == WATCH_ACCESS || (w.kind == WATCH_WRITE && (access & PF_W))))
			hits |= 1u << n;
	return hits;
}

static void stop_at(unsigned int hits)
{
	unsigned int n;

	for (n = 0; n < HW_BREAKS; n++) {
		if (hits >> n & 1) {
			stop_hw_break(n);
			return;
		}
	}
}

void watch_touch(gva_t va, uint64_t len, uint32_t access)
{
	if (!(access & PF_I))
		stop_at(hits_of(va, len, access));
}

/* The bytes of a watch in the page at pa, as a number. */
static uint64_t value_of(const struct watch *w, gpa_t pa)
{
	const uint8_t *mem = physmem_at(PAGE_OF(pa) + (w->va & ~PAGE_MASK), w->len);
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; mem && i < w->len; i++)
		value |= (uint64_t)mem[i] << (8 * i);
	return value;
}

static void remember_values(gva_t va, gpa_t pa)
{
	struct watch w;
	unsigned int n;

	for (n = 0; n < HW_BREAKS; n++) {
		if (!get(n, &w) || PAGE_OF(w.va) != PAGE_OF(va) || (stepped.known >> n & 1) ||
		    w.kind == WATCH_EXECUTE)
			continue;
		stepped.before[n] = value_of(&w, pa);
		stepped.known |= 1u << n;
	}
}

/* Of the pages that were opened for writing. */
static unsigned int changed(void)
{
	unsigned int n, i, hits = 0;
	struct watch w;

	for (n = 0; n < HW_BREAKS; n++) {
		if (!(stepped.known >> n & 1) || !get(n, &w))
			continue;
		for (i = 0; i < stepped.count; i++)
			if (stepped.open[i].page == PAGE_OF(w.va) &&
			    (stepped.open[i].prot & PROT_WRITE) &&
			    value_of(&w, stepped.open[i].pa) != stepped.before[n])
				hits |= 1u << n;
	}
	return hits;
}

static void open_page(gva_t va, uint32_t access, gpa_t pa)
{
	int remote = this_vcpu->split && (access & PF_U);
	struct open_page *p = find_open(va, remote);
	struct translation t;

	if (!p) {
		/* more pages than watches: their table has changed */
		if (stepped.count == HW_BREAKS)
			return;
		p = &stepped.open[stepped.count++];
		*p = (struct open_page){ PAGE_OF(va), pa, 0, remote };
	}
	p->prot |= PROT_READ;
	if (access & PF_W) {
		p->prot |= PROT_WRITE;
		remember_values(va, pa);
	}
	if (access & PF_I)
		p->prot |= PROT_EXEC;
	mmu_fill(va, access, &t);
}

/* The instruction at ctx.regs.rip accesses va, and perhaps more than that. */
static void note_access(gva_t va, uint32_t access)
{
	uint8_t code[ACCESS_CODE_MAX];
	unsigned int size;
	size_t n = 0;

	while (n < sizeof(code)) {
		size_t k = PAGE_SIZE - ((ctx.regs.rip + n) & ~PAGE_MASK);

		if (k > sizeof(code) - n)
			k = sizeof(code) - n;
		if (guest_read(ctx.regs.rip + n, code + n, k, code_rights()))
			break;
		n += k;
	}
	size = access_size(code, n, is_compat());
	stepped.hits |= hits_of(va, size, access);
	/* the second is in a page that the first has opened, perhaps */
	if (access_is_cmps(code, n, is_compat()))
		stepped.hits |= hits_of(ctx.regs.r[GPR_RSI], size, access) |
				hits_of(ctx.regs.r[GPR_RDI], size, access);
}

/* So that one instruction is stepped, for us if for nobody else. */
static void step_one(void)
{
	struct stop *s = this_stop;

	if (s->over == OVER_NONE) {
		s->over = s->step == STEP_NONE ? OVER_SILENT : OVER_STEP;
		s->over_page = 0;
	}
	if (s->step == STEP_NONE)
		step_arm();
	else
		stop_no_progress();
	__atomic_store_n(&this_vcpu->pending, 1, __ATOMIC_SEQ_CST);
}

/* Since the last interrupt: faults on pages that are watched, and instructions let go first. */
static unsigned int faults, gone_first;

int watch_goes_first(void)
{
	if (faults && !stop_steps() && gone_first++ < BETWEEN_INTERRUPTS) {
		step_one();
		return 1;
	}
	faults = gone_first = 0;
	return 0;
}

static int is_breakpoint(gva_t rip)
{
	struct watch w;
	unsigned int n;

	for (n = 0; n < HW_BREAKS; n++) {
		if (!get(n, &w) || w.kind != WATCH_EXECUTE || w.va != rip)
			continue;
		stop_hw_break(n);
		return 1;
	}
	return 0;
}

void watch_fault(gva_t va, uint32_t access, gpa_t pa)
{
	faults++;
	if (access & PF_I) {
		if (is_breakpoint(ctx.regs.rip))
			return;
	} else {
		note_access(va, access);
	}
	open_page(va, access, pa);
	step_one();
}

void watch_gate_fault(gva_t va, uint32_t access, gpa_t pa)
{
	faults++;
	stepped.gate = 1;
	stepped.hits |= hits_of(va, 8, access); /* gates know no other size */
	open_page(va, access, pa);
}

int watch_gate_done(int *stops)
{
	if (!stepped.gate)
		return 0;
	*stops = stepped.hits != 0;
	watch_close();
	return 1;
}

void watch_cancel(void)
{
	stepped.hits = 0;
}

void watch_close(void)
{
	unsigned int i, hits;

	if (!stepped.count && !stepped.hits)
		return;
	hits = stepped.hits | changed();
	for (i = 0; i < stepped.count; i++) {
		const struct open_page *p = &stepped.open[i];

		mmu_limit(p->page, limit(p->page, p->pa, p->prot), p->remote);
	}
	stepped.count = stepped.hits = stepped.known = 0;
	stepped.gate = 0;
	stop_at(hits);
}

void watch_sync(void)
{
	struct stop *s = this_stop;
	uint32_t change = debugger->watch_change;

	if (s->watch_seen == change)
		return;
	s->watch_seen = change;
	mmu_flush_everything();
}
