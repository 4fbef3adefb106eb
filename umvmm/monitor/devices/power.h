/* SPDX-License-Identifier: GPL-2.0-or-later */
/* power.h - the ports by which the guest ends (platform.h). Runs: monitor. */
#ifndef MONITOR_DEVICES_POWER_H
#define MONITOR_DEVICES_POWER_H

#include "bus.h"

void power_sleep(const struct bus_access *at, uint64_t value);
void power_reset(const struct bus_access *at, uint64_t value);
void power_keyboard(const struct bus_access *at, uint64_t value);
void power_debug_exit(const struct bus_access *at, uint64_t value);

#endif
