/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop.h - what a debugger in the tracer and the vCPUs tell each other.
 *
 * Runs: in the VM file: struct debugger in its header, a struct stop in the area of each
 * vCPU. T: written by the tracer, M: by the monitor.
 *
 * A stop is asked for like any event: `wanted`, then a kick. The vCPU comes into the
 * monitor between two guest instructions, puts all guest registers here, sets
 * STOP_STAYS, bumps debugger.event, and sleeps on `state` until the tracer changes it.
 *
 * Must hold: vm.h; the guest may write all of this.
 */
#ifndef UMVMM_STOP_H
#define UMVMM_STOP_H

#include <vm.h>

#define DEBUGGER_OFFSET 0x20000u /* in the VM file */
#define STOP_OFFSET	0x3000u	 /* in a vCPU's area */

#define SOFT_BREAKS 4096u
#define HW_BREAKS   4u

/* An int3 of the debugger's. */
struct soft_break {
	uint64_t va;
	uint64_t pa; /* in the top byte: the guest's own byte */
};
#define SOFT_PA	      ((1ull << 52) - 1)
#define SOFT_HW	      (1ull << 52) /* in pa: it stands for a hardware breakpoint */
#define SOFT_BYTE(pa) ((uint8_t)((pa) >> 56))

/* What is watched without the host's debug registers. */
struct watch {
	uint64_t va;
	uint32_t len;
	uint32_t kind;
};
#define WATCH_NONE    0u
#define WATCH_EXECUTE 1u /* where no soft_break stands for it */
#define WATCH_WRITE   2u
#define WATCH_ACCESS  3u

/* T: while no vCPU runs, except for `attached`. */
struct debugger {
	uint32_t attached; /* 0: there is none; else its number, which is never used again */
	uint32_t event;	   /* M, futex: some vCPU's state has changed */
	uint32_t soft_count;
	uint32_t hw_control; /* as DR7: the debugger's own breakpoints */
	uint64_t hw_addr[HW_BREAKS];
	uint32_t watches;      /* so many of: */
	uint32_t watch_change; /* number of the last change */
	struct watch watch[HW_BREAKS];
	struct soft_break soft[SOFT_BREAKS];
};

/* stop->state, a futex */
#define STOP_RUNS  0u /* T; M when the debugger has gone away */
#define STOP_STAYS 1u /* M */
#define STOP_SYNC  2u /* T: put the hardware breakpoints in force, then STOP_STAYS again */

/* stop->reason: what stopped it, M */
#define STOP_ASKED 0u
#define STOP_STEP  1u
#define STOP_SOFT  2u /* address is the breakpoint's */
#define STOP_HW	   3u /* address is which of hw_addr */
#define STOP_EXIT  4u /* the VM is about to end: exit, exit_code */

/* stop->place: where it stopped, M */
#define STOP_IN_GUEST 0u
#define STOP_IN_HALT  1u
#define STOP_IN_OFF   2u

/* stop->step, M */
#define STEP_NONE  0u
#define STEP_ARMED 1u /* TF is set while the guest runs */
#define STEP_DONE  2u /* the instruction has had its effect, or raised an exception */

/* stop->over, M */
#define OVER_NONE   0u
#define OVER_SILENT 1u /* and then the guest runs on */
#define OVER_STEP   2u /* as a step of the debugger's */

struct stop {
	uint32_t wanted; /* T */
	uint32_t state;
	uint32_t reason;
	uint32_t step;
	uint32_t place;
	uint32_t single;		 /* T, with STOP_RUNS: step */
	uint32_t interrupts;		 /* T, likewise: they come meanwhile */
	uint64_t range_start, range_end; /* T: on, as long as RIP is in here */
	uint64_t address;
	uint32_t exit, exit_code;
	uint32_t refused;  /* M: the hardware breakpoints are not in force */
	uint32_t attached; /* M: the debugger that it has prepared itself for */
	uint32_t user_cs;  /* M: at CPL 3 */
	uint32_t over; /* M: an instruction below an INT3 is executed in a private page */
	uint64_t over_page; /* 0: the page is open to it instead (watch.c), or both */
	uint32_t watch_seen; /* M: of watch_change */
	/* of the instruction that is stepped, M */
	uint64_t step_rip;
	uint32_t step_tf; /* RFLAGS.TF as the guest has it */
	uint32_t step_insn;
	struct handoff hand; /* with the XSAVE image at FPU_OFFSET */
};

_Static_assert(sizeof(struct vm) <= DEBUGGER_OFFSET, "VM file");
_Static_assert(DEBUGGER_OFFSET + sizeof(struct debugger) <= VM_HEADER_SIZE, "VM file");
_Static_assert(STOP_OFFSET + sizeof(struct stop) <= FPU_OFFSET, "vCPU area");

#endif
