/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ioapic.h - the I/O APIC. Runs: monitor, on any vCPU. */
#ifndef MONITOR_DEVICES_IOAPIC_H
#define MONITOR_DEVICES_IOAPIC_H

#include "bus.h"

/* At GPA_IOAPIC, 32 bits. */
uint64_t ioapic_read(const struct bus_access *at);
void ioapic_write(const struct bus_access *at, uint64_t value);
/*
 * A pin's level; edge and level semantics by the redirection entry. dev_lock is held since
 * before the level was looked at, and given up here: a level that is out of date would stay,
 * and with it there would be no further edge.
 */
void ioapic_line_unlock(unsigned int pin, int level);
void ioapic_eoi(unsigned int vector);

#endif
