/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debugreg.h - breakpoints as DR6 and DR7 say them (SDM vol. 3 18.2.3, 18.2.4).
 *
 * Runs: monitor, and the tracer, which sets the host's. The rest are Linux's names: DR_STATUS,
 * DR_STEP, DR_RW_*, DR_LEN_*. DR7 has for each breakpoint two bits that enable it (local, global),
 * and a field of four: DR_RW_* | DR_LEN_*.
 */
#ifndef UMVMM_DEBUGREG_H
#define UMVMM_DEBUGREG_H

#include <asm/debugreg.h>

#define DR_COUNT 4u /* DR0 to DR3 */

#define DR_RW	 3u /* the field's part */
#define DR_RW_IO 2u /* with CR4.DE; else undefined */

#define DR7_LOCAL(n)	    (1ull << DR_ENABLE_SIZE * (n))
#define DR7_ENABLES(n)	    (3ull << DR_ENABLE_SIZE * (n))
#define DR7_ENABLED(dr7, n) ((dr7) >> DR_ENABLE_SIZE * (n) & 3)
#define DR7_SHIFT(n)	    (DR_CONTROL_SHIFT + DR_CONTROL_SIZE * (n))
#define DR7_FIELD(dr7, n)   ((dr7) >> DR7_SHIFT(n) & 15)

#endif
