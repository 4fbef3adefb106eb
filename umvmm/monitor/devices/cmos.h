/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmos.h - the real-time clock's two ports: index, and what it names. Runs: monitor. */
#ifndef MONITOR_DEVICES_CMOS_H
#define MONITOR_DEVICES_CMOS_H

#include "bus.h"

uint64_t cmos_read(const struct bus_access *at);
void cmos_write(const struct bus_access *at, uint64_t value);

#endif
