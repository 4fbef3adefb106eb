/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site.h - system call sites in guest user code that became jumps to the gate.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_REDIRECT_SITE_H
#define MONITOR_REDIRECT_SITE_H

#include <stdint.h>

/* A system call came from the SYSCALL that ends at rip. May rewrite it. */
void site_seen(uint64_t rip);
/*
 * #UD in user code: has it jumped into a rewritten site? SITE_CALL: to the SYSCALL, behind
 * which RIP is now; SITE_AGAIN: to another instruction, which is there again.
 */
enum site_middle { SITE_NOT_OURS, SITE_CALL, SITE_AGAIN };
enum site_middle site_middle(void);

/*
 * The guest steps user code: it must meet its own instructions. Nothing is
 * rewritten while TF is set; what was is dropped.
 */
void site_drop(void);
/* vcpu->split is another than before, perhaps: sites that lead there are dropped. */
void site_wall_changed(void);
/*
 * Perhaps another program is here now, which lives for a few calls only: no site is worth
 * rewriting before it has made some.
 */
void site_another_space(void);
/*
 * If ctx.regs.rip is in a stub, or at a jump in padding, it becomes what it would be in
 * the guest's own code, whose state is in all else as it would be there. Returns 1, or 0
 * if it is no stub's.
 */
int site_leave_stub(void);
/*
 * User siblings: where the user goes on in the sibling, if ctx.regs are to. That is
 * ctx.regs.rip, but where site_leave_stub() has come from the middle of a stub, the stub.
 */
uint64_t site_resume_rip(void);
/* User siblings: [start, start + len) of the sibling is mapped anew, or no more. */
void site_unmapped(uint64_t start, uint64_t len);

#endif
