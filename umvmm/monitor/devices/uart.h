/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uart.h - the five serial ports; a unit of the bus is an enum uart_name.
 *
 * Runs: monitor, on any vCPU; bytes travel by rings to and from the manager.
 */
#ifndef MONITOR_DEVICES_UART_H
#define MONITOR_DEVICES_UART_H

#include "bus.h"

uint64_t uart_read(const struct bus_access *at);
void uart_write(const struct bus_access *at, uint64_t value);
/* LEN bytes, 1 or more, to register 0. */
void uart_send(unsigned int unit, const uint8_t *data, unsigned int len);
/* Recompute the interrupt line, after the rings have changed. */
void uart_update(unsigned int unit);

#endif
