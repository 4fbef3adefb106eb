/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uart.h - a serial port as monitor and manager share it.
 *
 * Runs: in the VM file (vm.h). The 16550's registers are the monitor's; bytes travel by two
 * rings to and from the manager, which sees only these, and MCR.
 *
 * The manager drains tx when vm->event moves, and kicks vCPU 0 with REQ_UART when it has
 * emptied a ring that was more than half full, or has put bytes in rx. The monitor bumps the
 * event when it has taken the last byte out of an rx ring.
 */
#ifndef UMVMM_UART_H
#define UMVMM_UART_H

#include <platform.h>
#include <stdint.h>

/* session/streams.c says what goes where. */
enum uart_name {
#define X(name, uid, port, irq) UART_##name,
	UART_LIST(X)
#undef X
	UART_COUNT
};

/* One direction of a serial port. Single producer, single consumer. */
#define RING_SIZE 4096u
struct ring {
	uint32_t head;	/* producer: next byte to write, free-running */
	uint32_t tail;	/* consumer: next byte to read, free-running */
	uint32_t pad[14];
	uint8_t data[RING_SIZE];
};

struct uart {
	struct ring tx;	/* guest to host */
	struct ring rx;	/* host to guest */
	uint8_t ier, lcr, mcr, scr, fcr, dll, dlm;
	uint8_t thri_pending;
	uint8_t connected;	/* set by the manager at the start: DCD, DSR, CTS asserted */
	uint8_t pad[6];
	/* which bytes of rx are a break: set by the manager, cleared by the monitor */
	uint8_t rx_break[RING_SIZE / 8];
};

#endif
