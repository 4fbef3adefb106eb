// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcid.c - several address spaces with CR4.PCIDE: each keeps its translations
 * over a switch with bit 63 set, loses them without, global pages belong to
 * all. SDM vol. 3, 4.10.
 */
#include "lib.h"

#define SPACES	40
#define NOFLUSH (1ull << 63)
#define CR4_PGE (1ull << 7)
#define CR4_PCIDE (1ull << 17)

static uint64_t top[SPACES][512] __attribute__((aligned(4096)));
static uint64_t *leaf[SPACES];
static volatile uint64_t *const area = (volatile uint64_t *)0x20000000ul;

/* Each space has the kernel's first GiB, but a directory of its own at `area`. */
static void build(unsigned int n)
{
	uint64_t *pdpt = new_page(), *pd = new_page(), *pt = new_page();
	const uint64_t *kernel_pdpt = (const uint64_t *)(uintptr_t)(pml4[0] & PTE_ADDR);
	const uint64_t *kernel_pd = (const uint64_t *)(uintptr_t)(kernel_pdpt[0] & PTE_ADDR);

	top[n][0] = (uintptr_t)pdpt | PTE_P | PTE_W | PTE_U;
	pdpt[0] = (uintptr_t)pd | PTE_P | PTE_W | PTE_U;
	for (unsigned int i = 0; i < 512; i++)
		pd[i] = kernel_pd[i];
	pd[(uintptr_t)area >> 21] = (uintptr_t)pt | PTE_P | PTE_W | PTE_U;
	leaf[n] = pt;
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t *page = new_page();

		page[0] = n * 10 + i;
		pt[i] = (uintptr_t)page | PTE_P | PTE_W;
	}
}

static void go(unsigned int n, bool flush)
{
	write_cr3((uintptr_t)top[n] | (n + 1) | (flush ? 0 : NOFLUSH));
}

static void check(unsigned int n)
{
	EXPECT(read_cr3() == ((uintptr_t)top[n] | (n + 1)), "cr3 %x", read_cr3());
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(area[i * 512] == n * 10 + i, "space %d, page %d reads %x", n, i,
		       area[i * 512]);
}

void test_main(void)
{
	for (unsigned int n = 0; n < SPACES; n++)
		build(n);
	write_cr4(read_cr4() | CR4_PGE);
	write_cr4(read_cr4() | CR4_PCIDE);
	for (int round = 0; round < 5; round++)
		for (unsigned int n = 0; n < SPACES; n++) {
			go(n, round == 0);
			check(n);
		}
	/* far apart, back and forth */
	for (int round = 0; round < 500; round++) {
		unsigned int n = (unsigned int)round * 7919 % SPACES;

		go(n, false);
		check(n);
		area[1] = n;
	}
	/* a change in a space that is not loaded, then a load that flushes */
	for (unsigned int n = 0; n < SPACES; n++) {
		uint64_t *page = new_page();

		page[0] = n * 10 + 2;
		page[7] = 0x1234;
		leaf[n][2] = (uintptr_t)page | PTE_P | PTE_W;
	}
	for (unsigned int n = 0; n < SPACES; n++) {
		go(n, true);
		check(n);
		EXPECT(area[2 * 512 + 7] == 0x1234, "space %d: old page after a flush", n);
	}
	/* INVLPG in one space leaves the others alone, and works in this one */
	go(3, false);
	leaf[3][0] = leaf[3][1];
	invlpg((void *)area);
	EXPECT(area[0] == 31, "reads %x", area[0]);
	go(4, false);
	check(4);
	go(3, false);
	EXPECT(area[0] == 31, "reads %x, again", area[0]);
	write_cr3((uintptr_t)pml4); /* PCID 0, as PCIDE may only be cleared so */
	write_cr4(read_cr4() & ~CR4_PCIDE);
}
