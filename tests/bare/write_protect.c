// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * write_protect.c - with CR0.WP clear the supervisor writes to read-only pages,
 * with WP set it does not. SDM vol. 3, 4.6.1.
 */
#include "lib.h"

static volatile uint8_t *const area = (volatile uint8_t *)AREA;

static void write0(void) { *area = 1; }

void test_main(void)
{
	*area_pte(0) = (uintptr_t)new_page() | PTE_P;
	invlpg((void *)AREA);
	for (int i = 0; i < 10; i++) {
		EXPECT(raises(write0) == PF && last_trap.error == 3, "WP on: a write");
		write_cr0(read_cr0() & ~(1ull << 16));
		EXPECT(raises(write0) == -1, "WP off: a write: error %x", last_trap.error);
		EXPECT(*area_pte(0) & PTE_D, "not dirty");
		write_cr0(read_cr0() | 1ull << 16);
	}
}
