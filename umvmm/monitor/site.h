/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site.h - system call sites in guest user code that became jumps to the gate.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_SITE_H
#define MONITOR_SITE_H

#include <stdint.h>

/* A system call came from the SYSCALL that ends at rip. May rewrite it. */
void site_seen(uint64_t rip);
/*
 * #UD in user code: if it is the second half of a rewritten site, RIP moves
 * behind the SYSCALL that was there, and 1 is returned.
 */
int site_middle(void);

/*
 * The guest steps user code: it must meet its own instructions. Nothing is
 * rewritten while TF is set; what was is dropped.
 */
void site_drop(void);
/*
 * Perhaps another program is here now, which lives for a few calls only: no site is worth
 * rewriting before it has made some.
 */
void site_another_space(void);
/*
 * If ctx.regs.rip is in a stub: it becomes that of the site, whose instructions can
 * begin anew. Returns 1, or 0 if it is no stub's.
 */
int site_leave_stub(void);
/* --isolation split: [start, start + len) of the sibling is mapped anew, or no more. */
void site_unmapped(uint64_t start, uint64_t len);

#endif
