/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmos.h - the real-time clock: the host's time of day and this.
 *
 * Runs: in the VM file (vm.h), of the monitor. A reset of the machine keeps it, as a battery
 * does: the manager carries it over, and looks at nothing of it.
 */
#ifndef UMVMM_CMOS_H
#define UMVMM_CMOS_H

#include <stdint.h>

#define RTC_REGS  128u
#define RTC_REG_A 0x0a
#define RTC_REG_B 0x0b
#define RTC_REG_C 0x0c
#define RTC_REG_D 0x0d
struct rtc {
	int64_t offset_sec;
	uint32_t offset_nsec; /* 0 to 999999999 */
	uint8_t index;
	uint8_t reg[RTC_REGS];
};

#endif
