/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phases.h - what debuggee and driver agree on.
 *
 * Before each phase debuggee calls getppid() with the phase in its first argument, which
 * the kernel ignores; the driver has a breakpoint there.
 */
#ifndef TESTS_TARGET_PHASES_H
#define TESTS_TARGET_PHASES_H

enum phase {
	PHASE_HELLO = 0x7001,
	PHASE_REGS,
	PHASE_WATCH,
	PHASE_SPOT,
	PHASE_SPOT_OF_KERNEL,
	PHASE_STACK,
	PHASE_LATE,
	PHASE_COUNT,
	PHASE_STEP,
	PHASE_INT3,
	PHASE_ALIAS,
	PHASE_IDLE,
	PHASE_STRESS,
	PHASE_END,
};

#define WATCH_WRITES 20u
#define STACK_TURNS   8u
/* A function that is not there yet in PHASE_LATE, and how often it is called then. */
#define LATE_CODE     0x123456789010ull
#define LATE_TURNS    10u
#define COUNT_TURNS  100u
/*
 * How often four bytes are accessed in PHASE_SPOT, and how often that is a write; what is in
 * them then.
 */
#define SPOT_ACCESSES 15u
#define SPOT_WRITES   8u
#define SPOT_LAST     0x1010
#define INT3_TURNS   50u
#define STRESS_MS    1500u

/* exchange() adds this to its argument; the driver's values. */
#define EXCHANGE_ADDS 1000u
#define EXCHANGE_IN   0x1122334455667788ull
#define EXCHANGE_SET  0x0123456789abcdefull
#define EXCHANGE_F0   1.5
#define EXCHANGE_F1   2.25

#endif
