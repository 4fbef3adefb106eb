/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmos.h - the real-time clock. Runs: monitor. */
#ifndef MONITOR_CMOS_H
#define MONITOR_CMOS_H

#include <stdint.h>

uint8_t cmos_read(unsigned int reg);

#endif
