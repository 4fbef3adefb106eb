/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pte.h - bits of a paging-structure entry (SDM vol. 3 4.5.4).
 *
 * Runs: monitor.
 */
#ifndef MONITOR_MMU_PTE_H
#define MONITOR_MMU_PTE_H

#define PTE_P	 (1ull << 0)
#define PTE_W	 (1ull << 1)
#define PTE_U	 (1ull << 2)
#define PTE_A	 (1ull << 5)
#define PTE_D	 (1ull << 6)
#define PTE_PS	 (1ull << 7)
#define PTE_G	 (1ull << 8)
#define PTE_NX	 (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull

#endif
