/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * paging.h - pages, and the entries of page tables (SDM vol. 3 4.5.4).
 *
 * Runs: monitor, and whatever looks at a guest from outside.
 */
#ifndef UMVMM_PAGING_H
#define UMVMM_PAGING_H

#ifndef PAGE_SIZE /* <sys/user.h> has the same */
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#endif

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7) /* a page, where tables could follow */
#define PTE_GLOBAL   (1ull << 8)
#define PTE_NX	     (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull

#endif
