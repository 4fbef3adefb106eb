/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - whose an address is: the guest kernel's, its users', or the monitor's.
 *
 * Runs: monitor. The numbers are in <umvmm/abi.h>.
 *
 * Must hold: the guest may write vm_page, so what is read there is one of two values or
 * means nothing.
 */
#ifndef MONITOR_MMU_LAYOUT_H
#define MONITOR_MMU_LAYOUT_H

#include "context/context.h"
#include "mmu.h"

/*
 * Where the guest kernel's addresses end. KASAN's kernel says that it has more; what others
 * write is ignored.
 */
static inline gva_t kernel_range_end(void)
{
	return vm_page->range_end == UMVMM_RANGE_END_KASAN ? UMVMM_RANGE_END_KASAN :
							     UMVMM_RANGE_END;
}

/* The kernel's window and range, the monitor's parts of both included. */
static inline int is_kernel_address(gva_t va)
{
	return va - UMVMM_WINDOW_START < UMVMM_WINDOW_END - UMVMM_WINDOW_START ||
	       va - UMVMM_RANGE_START < kernel_range_end() - UMVMM_RANGE_START;
}

/* The monitor's part of the window: its program and what it keeps beside it. */
static inline int in_monitor(gva_t va)
{
	return va - UMVMM_MONITOR_BASE < UMVMM_WINDOW_END - UMVMM_MONITOR_BASE;
}

/* Its part of the range: guest memory and what else of the VM's files a context maps. */
static inline int in_monitors_files(gva_t va)
{
	return va - UMVMM_RANGE_MONITOR < UMVMM_RANGE_END - UMVMM_RANGE_MONITOR;
}

/* Both, and what no user of the host can have. */
static inline int is_monitors_address(gva_t va)
{
	return in_monitor(va) || in_monitors_files(va) || va >= ADDRESS_SPACE_END;
}

#endif
