/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.h - port and memory-mapped I/O. Runs: monitor. Sizes in bytes: 1, 2, 4 (8). */
#ifndef MONITOR_DEVICES_BUS_H
#define MONITOR_DEVICES_BUS_H

#include "mmu/mmu.h"

uint32_t port_read(uint16_t port, unsigned int size);
void port_write(uint16_t port, unsigned int size, uint32_t value);
/* LEN bytes, 1 or more, one after the other. */
void port_write_bytes(uint16_t port, const uint8_t *data, unsigned int len);
uint64_t mmio_read(gpa_t pa, unsigned int size);
void mmio_write(gpa_t pa, unsigned int size, uint64_t value);

#endif
