// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault_ahead.c - UMVMM_MSR_FAULT_AHEAD: the pages that a page fault's handler
 * names are mapped on its return (their entries become accessed and dirty);
 * whatever else is written there does no harm.
 */
#include "lib.h"

#define UMVMM_MSR_FAULT_AHEAD 0x4b564d41u /* umvmm/abi.h */

#define MAKE 40u

static volatile uint8_t *const area = (volatile uint8_t *)AREA;
static uint64_t hint, others; /* what the handler says, and its pages' permission but the first's */
static unsigned int faults;
static uint8_t *pages[MAKE];

static void write0(void) { area[5] = 1; }
static void write1(void) { area[PAGE + 5] = 1; }

static void handler(struct frame *f)
{
	unsigned int first = (unsigned int)((last_cr2 - AREA) / PAGE);

	EXPECT(f->vector == PF && last_cr2 >= AREA && first < AREA_PAGES - MAKE,
	       "vector %x, address %x", f->vector, last_cr2);
	faults++;
	for (unsigned int i = 0; i < MAKE; i++)
		if (!(*area_pte(first + i) & PTE_P))
			*area_pte(first + i) = (uintptr_t)pages[i] | PTE_P | (i ? others : PTE_W);
	wrmsr(UMVMM_MSR_FAULT_AHEAD, hint);
}

static unsigned int used(unsigned int from, unsigned int to)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += (*area_pte(from) & (PTE_A | PTE_D)) == (PTE_A | PTE_D);
	return n;
}

static void unmap_all(void)
{
	for (unsigned int i = 0; i < AREA_PAGES; i++)
		*area_pte(i) = 0;
	for (unsigned int i = 0; i < MAKE; i++)
		pages[i][5] = pages[i][6] = 0;
	write_cr3(read_cr3());
	faults = 0;
}

/* A store to page 0 with that hint; how many of the pages behind were mapped. */
static unsigned int mapped_by(uint64_t value)
{
	unsigned int n;

	hint = value;
	unmap_all();
	write0();
	EXPECT(faults == 1, "%d faults", faults);
	n = used(1, MAKE);
	for (unsigned int i = 0; i < MAKE; i++) {
		EXPECT(area[i * PAGE + 5] == !i, "page %d holds %d", i, area[i * PAGE + 5]);
		area[i * PAGE + 6] = (uint8_t)(i + 1);
	}
	for (unsigned int i = 0; i < MAKE; i++)
		EXPECT(pages[i][6] == i + 1, "page %d holds %d", i, pages[i][6]);
	EXPECT(faults == 1, "%d faults", faults);
	return n;
}

void test_main(void)
{
	unsigned int n;

	for (unsigned int i = 0; i < MAKE; i++) {
		if (i % 3 == 0) /* physically apart from the one before */
			new_page();
		pages[i] = new_page();
	}
	on_trap = handler;
	others = PTE_W;
	EXPECT(rdmsr(UMVMM_MSR_FAULT_AHEAD) == 1, "the monitor has no use for it");
	for (unsigned int made = 1; made <= 16; made++) {
		n = mapped_by(AREA | made);
		EXPECT(n == made - 1, "%d pages behind the first of %d", n, made);
	}
	/* not the page of the fault, no number, too large a number */
	EXPECT((n = mapped_by((AREA + PAGE) | 8)) == 0, "%d pages", n);
	EXPECT((n = mapped_by(AREA)) == 0, "%d pages", n);
	EXPECT((n = mapped_by(AREA | 4095)) == 0, "%d pages", n);
	EXPECT((n = mapped_by(~0ull)) == 0, "%d pages", n);

	/* more than the handler has made: up to where nothing is */
	unmap_all();
	hint = AREA | 60;
	write0();
	EXPECT(used(0, AREA_PAGES) == MAKE, "%d pages", used(0, AREA_PAGES));
	area[MAKE * PAGE] = 1;
	EXPECT(faults == 2, "%d faults", faults);

	/* no fault is being handled */
	wrmsr(UMVMM_MSR_FAULT_AHEAD, AREA | 16);

	/* read-only pages stay read-only */
	unmap_all();
	hint = AREA | 8;
	others = 0;
	write0();
	EXPECT(used(0, MAKE) == 1, "%d pages", used(0, MAKE));
	on_trap = NULL;
	EXPECT(raises(write0) == -1, "the page of the fault");
	EXPECT(raises(write1) == PF && last_trap.error == 3, "error %x", last_trap.error);
}
