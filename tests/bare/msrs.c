// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msrs.c - model-specific registers: what they hold after a reset, what they keep, and that
 * those which are not there are #GP (SDM vol. 4, 2.1; vol. 3, 9.1.1).
 */
#include "lib.h"

#define MSR_MISC_ENABLE 0x1a0u
#define MSR_PAT		0x277u
#define MSR_TSC_AUX	0xc0000103u
#define MSR_NOWHERE	0x4b564dffu

#define FAST_STRINGS	 (1ull << 0)
#define BTS_UNAVAILABLE	 (1ull << 11)
#define PEBS_UNAVAILABLE (1ull << 12)
#define EFER_LONG_MODE	 (1ull << 8 | 1ull << 10)

static void read_nowhere(void)
{
	rdmsr(MSR_NOWHERE);
}

static void write_nowhere(void)
{
	wrmsr(MSR_NOWHERE, 0);
}

void test_main(void)
{
	const uint64_t misc = FAST_STRINGS | BTS_UNAVAILABLE | PEBS_UNAVAILABLE;

	EXPECT((rdmsr(MSR_MISC_ENABLE) & misc) == misc, "%x", rdmsr(MSR_MISC_ENABLE));
	EXPECT(rdmsr(MSR_PAT) == 0x0007040600070406, "%x", rdmsr(MSR_PAT));
	EXPECT((rdmsr(MSR_EFER) & EFER_LONG_MODE) == EFER_LONG_MODE, "%x", rdmsr(MSR_EFER));
	wrmsr(MSR_MISC_ENABLE, misc & ~FAST_STRINGS);
	EXPECT(rdmsr(MSR_MISC_ENABLE) == (misc & ~FAST_STRINGS), "%x", rdmsr(MSR_MISC_ENABLE));
	wrmsr(MSR_TSC_AUX, 0x12345678);
	EXPECT(rdmsr(MSR_TSC_AUX) == 0x12345678, "%x", rdmsr(MSR_TSC_AUX));
	EXPECT(raises(read_nowhere) == GP, "vector %d", (int)last_trap.vector);
	EXPECT(raises(write_nowhere) == GP, "vector %d", (int)last_trap.vector);
	finish(failures != 0);
}
