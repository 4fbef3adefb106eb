// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flush_pieces.c - INVLPG of every second page, tens of thousands of times: each takes its
 * page away, though the host allows a process only so many mappings (vm.max_map_count), and
 * each hole makes two of one. SDM vol. 3, 4.10.4. At user addresses, and at the kernel's.
 * Flags: afterburn timeout=800 (the host works for most of the time)
 */
#include "lib.h"

#define REGIONS 300 /* 2 MiB each: 76,800 holes */

static uint64_t pt[512] __attribute__((aligned(4096))), pd[512] __attribute__((aligned(4096))),
	pdpt[512] __attribute__((aligned(4096)));
static volatile uint8_t *at;

static void touch(void)
{
	(void)*at;
}

static void pieces(uint64_t base, uint64_t bits)
{
	unsigned int stale = 0, lost = 0;

	pml4[base >> 39] = (uintptr_t)pdpt | PTE_P | PTE_W | PTE_U;
	pdpt[0] = (uintptr_t)pd | PTE_P | PTE_W | PTE_U;
	for (unsigned int region = 0; region < REGIONS && !stale && !lost; region++) {
		uint64_t va = base + region * 2 * MiB;

		for (unsigned int i = 0; i < 512; i++)
			pt[i] = (32 * MiB + i * PAGE) | PTE_P | PTE_A | bits;
		pd[region] = (uintptr_t)pt | PTE_P | PTE_W | PTE_U;
		for (unsigned int i = 1; i < 512; i += 2) {
			(void)*(volatile uint8_t *)(va + (i - 1) * PAGE);
			pt[i] = 0;
			invlpg((void *)(va + i * PAGE));
		}
		at = (volatile uint8_t *)(va + 5 * PAGE);
		stale += raises(touch) != PF;
		at = (volatile uint8_t *)(va + 301 * PAGE);
		stale += raises(touch) != PF;
		at = (volatile uint8_t *)(va + 300 * PAGE);
		lost += raises(touch) != -1;
		/* what is here stays mapped, and the table is used again: */
		pd[region] = 0;
	}
	EXPECT(!stale, "a page at %x could be read after INVLPG", (uintptr_t)at);
	EXPECT(!lost, "the page at %x could not be read", (uintptr_t)at);
	pml4[base >> 39] = 0;
	write_cr3(read_cr3());
}

void test_main(void)
{
	pieces(0x8000000000, PTE_U);
	pieces(0x660000000000, 0);
}
