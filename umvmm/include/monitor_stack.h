/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitor_stack.h - what the monitor leaves of its own stack when it was at fault.
 *
 * Runs: in the VM file's header. Written by the vCPU that ends the VM (exit_claim), before it
 * sets exit_reason; the manager unwinds it (image/unwind.h).
 *
 * Must hold: vm.h; the guest may write all of this.
 */
#ifndef UMVMM_MONITOR_STACK_H
#define UMVMM_MONITOR_STACK_H

#include <stop.h>
#include <vm.h>

#define MONITOR_STACK_OFFSET 0x32000u /* in the VM file */

#define GATE_STACK_COPY	  0x4000u /* all of it */
#define SIGNAL_STACK_COPY 0x8000u /* some signal frames with the largest FPU states in use */

struct monitor_stack {
	/* where it was recorded; of the other registers callers expect nothing */
	uint64_t rbx, rbp, rsp, r12, r13, r14, r15, rip;
	/* addresses of the copies' first bytes */
	uint64_t gate_from, signal_from;
	uint64_t gate[GATE_STACK_COPY / 8];
	uint64_t signal[SIGNAL_STACK_COPY / 8]; /* from rsp up, if that is on the signal stack */
};

_Static_assert(DEBUGGER_OFFSET + sizeof(struct debugger) <= MONITOR_STACK_OFFSET, "VM file");
_Static_assert(MONITOR_STACK_OFFSET + sizeof(struct monitor_stack) <= VM_HEADER_SIZE, "VM file");

#endif
