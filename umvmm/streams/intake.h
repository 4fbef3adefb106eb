/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intake.h - carries standard input to one of the guest's serial ports.
 *
 * Runs: in the manager's main thread.
 */
#ifndef UMVMM_STREAMS_INTAKE_H
#define UMVMM_STREAMS_INTAKE_H

#include <stdbool.h>

#include <umvmm/base/escape.h>

#include "ring.h"

struct intake {
	struct ring_end end;
	struct uart *uart; /* its modem control says whether the guest listens */
	bool raw;	   /* a terminal: keys go through escape */
	bool eof;
	uint64_t total; /* bytes put into the ring */
	struct escape escape;
};

/* There is room, and somebody to read it: standard input is worth a poll. */
bool intake_wants(const struct intake *intake);

/* Reads once. True: the ring has got bytes. */
bool intake_move(struct intake *intake);

/* The byte that will be put at INDEX, a zero, is a break of the line. */
void intake_break(struct uart *uart, uint32_t index);

#endif
