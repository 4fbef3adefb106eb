/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmos.h - the real-time clock: the register that vm_page->rtc.index names. Runs: monitor. */
#ifndef MONITOR_DEVICES_CMOS_H
#define MONITOR_DEVICES_CMOS_H

#include <stdint.h>

uint8_t cmos_read(void);
void cmos_write(uint8_t value);

#endif
