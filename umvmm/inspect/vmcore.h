/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore.h - writes a guest's memory and registers for a debugger.
 *
 * Runs: in umvmm dump and, after a panic, in the manager.
 */
#ifndef UMVMM_INSPECT_VMCORE_H
#define UMVMM_INSPECT_VMCORE_H

#include <signal.h>

#include <tracer/snapshot.h>

#include "guestmem.h"
#include "outfile.h"

/* In a process that does nothing else: SIGINT and its kin end vmcore_write(). */
void vmcore_catch_signals(void);
extern volatile sig_atomic_t vmcore_signal; /* 0: none came */

/*
 * With these registers, or null. 0, or -1 after a message (none after a signal). OUT is
 * the caller's in any case.
 */
int vmcore_write(struct outfile *out, const struct guestmem *mem, const struct snapshot *snapshot)
	__attribute__((warn_unused_result));

#endif
