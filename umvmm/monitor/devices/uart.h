/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uart.h - the five serial ports.
 *
 * Runs: monitor, on any vCPU; bytes travel by rings to and from the manager.
 */
#ifndef MONITOR_DEVICES_UART_H
#define MONITOR_DEVICES_UART_H

#include <stdint.h>

/* The port number of an I/O address, or -1; *reg is the register. */
int uart_of_port(uint16_t port, unsigned int *reg);
uint8_t uart_read(unsigned int n, unsigned int reg);
void uart_write(unsigned int n, unsigned int reg, uint8_t value);
/* The same for LEN bytes, 1 or more, to register 0. */
void uart_send(unsigned int n, const uint8_t *data, unsigned int len);
/* Recompute the interrupt line, after the rings have changed. */
void uart_update(unsigned int n);

#endif
