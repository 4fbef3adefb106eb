// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * soft_break.c - INT3s that a debugger has put into guest memory.
 *
 * Runs: monitor, in a context.
 *
 * The INT3 is in physical memory, so it is met wherever that page is mapped. It stops
 * the vCPU at the address that was asked for, in any address space. Where a user has
 * the page at another address the instruction is executed as if nothing were there: one
 * step in a private copy of the page, which no other process sees.
 *
 * Must hold: the guest may write the table: indices are checked, and what else it says
 * can only confuse the guest.
 */
#include "context/context.h"
#include "mmu/mmu.h"
#include "redirect/site_page.h"
#include "report/report.h"
#include "stop.h"
#include "watch.h"

#define INT3 0xcc

/*
 * The first that is at va's page and byte, by whatever address; and where that is. A user
 * meets none where he cannot be.
 */
static const struct soft_break *find_soft(uint64_t va, struct translation *t)
{
	uint32_t i, count = debugger->soft_count;

	if (!count || !mmu_probe(va, t) || (this_vcpu->cpl == 3 && !(t->user && t->exec)))
		return 0;
	for (i = 0; i < count && i < SOFT_BREAKS; i++)
		if ((debugger->soft[i].pa & SOFT_PA) == t->pa)
			return &debugger->soft[i];
	return 0;
}

int stop_own_byte(uint64_t va)
{
	struct translation t;
	const struct soft_break *b = find_soft(va, &t);

	return b ? SOFT_BYTE(b->pa) : -1;
}

static int is_asked_for(const struct soft_break *b, uint64_t va, uint64_t pa)
{
	for (; b < &debugger->soft[SOFT_BREAKS] && (b->pa & SOFT_PA) == pa; b++)
		if (b->va == va)
			return 1;
	return 0;
}

/* The page at va as it is without the debugger's byte there, for this process only. */
static int copy_page(uint64_t va, const struct translation *t, uint8_t own)
{
	uint64_t off = gpa_to_offset(vm_page->mem_size, t->pa & PAGE_MASK);
	uint8_t *page = off == ~0ull ? 0 : site_page_copy(va, off);

	if (!page)
		return -1;
	page[va & ~PAGE_MASK] = own;
	return 0;
}

/* Execute what is below the INT3 at ctx.regs.rip; -1 if that cannot be done here. */
static int step_over(const struct soft_break *b, const struct translation *t)
{
	struct stop *s = this_stop;
	uint64_t rip = ctx.regs.rip;

	/* a write of its own to its page would be lost */
	if (this_vcpu->cpl != 3 || (t->write && t->dirty) || copy_page(rip, t, SOFT_BYTE(b->pa)))
		return -1;
	s->over = s->step == STEP_NONE ? OVER_SILENT : OVER_STEP;
	s->over_page = rip & PAGE_MASK;
	step_arm();
	return 0;
}

int over_end(void)
{
	struct stop *s = this_stop;
	uint32_t over = s->over;

	if (over == OVER_NONE)
		return 0;
	s->over = OVER_NONE;
	if (s->over_page)
		mmu_forget_page(s->over_page & PAGE_MASK);
	watch_close();
	return over == OVER_SILENT;
}

int stop_soft_break(void)
{
	struct translation t;
	const struct soft_break *b = find_soft(ctx.regs.rip, &t);

	if (!b)
		return 0;
	if (is_asked_for(b, ctx.regs.rip, t.pa)) {
		stop_for(STOP_SOFT, ctx.regs.rip);
		return 1;
	}
	if (SOFT_BYTE(b->pa) == INT3) /* the guest's, below */
		return 0;
	if (step_over(b, &t) < 0)
		stop_for(STOP_SOFT, ctx.regs.rip);
	return 1;
}
