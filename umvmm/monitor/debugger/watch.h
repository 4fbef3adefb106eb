/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h - breakpoints and watchpoints of a debugger without the host's debug registers.
 *
 * Runs: monitor, in a context. PROT_* are the host's rights of a page, `access` is PF_* of
 * a page fault's error code.
 */
#ifndef MONITOR_DEBUGGER_WATCH_H
#define MONITOR_DEBUGGER_WATCH_H

#include "context/context.h"
#include "mmu/mmu.h"

static inline int watch_any(void)
{
	return debugger->watches != 0;
}

/*
 * fill.c: of the rights that the guest's tables allow a page, those that the host may give
 * it. remote: in the user sibling.
 */
int watch_prot(gva_t va, gpa_t pa, int prot, int remote);
/* Is that page, alone, open to the instruction that is stepped? */
int watch_is_open(gva_t va, int remote);
/* Of the pages [*start, *end) around va's: either va's alone, which is watched, or none that is. */
void watch_part(gva_t va, gva_t *start, gva_t *end);

/* signal.c: mmu_fill() has said MMU_WATCHED of what the instruction at ctx.regs.rip does. */
void watch_fault(gva_t va, uint32_t access, gpa_t pa);
/* The same of what a gate does on the guest's stack. It goes on with TF for one instruction. */
void watch_gate_fault(gva_t va, uint32_t access, gpa_t pa);
/* That instruction of a gate has been executed: 1. Then `*stops` says whether it has hit. */
int watch_gate_done(int *stops);

/*
 * An interrupt can be delivered. 1: the guest goes on for one instruction first, and this is
 * called again.
 */
int watch_goes_first(void);

/* What the monitor reads (access without PF_W) or writes for the guest. */
void watch_touch(gva_t va, uint64_t len, uint32_t access);

/* The instruction that is stepped did not come to its end: it is no hit. */
void watch_cancel(void);
/* It did, if it was not cancelled: what it was let to is watched again; stops if that was hit. */
void watch_close(void);

/* What is watched is not what it was when this vCPU last ran. */
void watch_sync(void);

#endif
