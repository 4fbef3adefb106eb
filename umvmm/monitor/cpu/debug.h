/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug.h - breakpoints of a debugger and of the guest, in the host's debug registers.
 *
 * Runs: monitor, in a context.
 */
#ifndef MONITOR_CPU_DEBUG_H
#define MONITOR_CPU_DEBUG_H

#include <debugreg.h>

#include "context/context.h"

/* Does DR7 enable any, or the debugger? */
static inline int debug_active(void)
{
	return ((this_vcpu->dr[7] | debugger->hw_control) & 0xff) != 0;
}

/* What DR0 to DR7 and the debugger enable is in force in this context: 0, or -1. */
int debug_sync(void);
/* The same in its user sibling, before that runs. */
void debug_sync_sibling(void);

/*
 * The host has reported a debug exception of guest code by a SIGTRAP with this code.
 * Adds what it was to DR6, and stops for the debugger; -1 if it was no business of the
 * guest's.
 */
int debug_hit(int si_code);

#endif
