/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outlet.h - carries what the guest sends on one ring to a host file.
 *
 * Runs: in the manager's main thread.
 */
#ifndef UMVMM_STREAMS_OUTLET_H
#define UMVMM_STREAMS_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

#include "ring.h"

struct outlet {
	struct ring_end end;
	int fd;		/* -1: nobody wants to see it */
	bool plain;	/* no control characters but tab, newline and carriage return go out */
	bool blocked;	/* waits for the file to take more */
	void (*look)(void *ctx, const char *data, uint32_t len); /* sees all bytes; or NULL */
	void *ctx;
};

enum outlet_result {
	OUTLET_IDLE,	/* the ring is empty, or the file takes no more for now */
	OUTLET_MOVED,	/* something went out */
	OUTLET_RELIEVED, /* the same, and the ring had been more than half full */
	OUTLET_CLOSED,	/* the reader has gone away (EPIPE) */
	OUTLET_FAILED,	/* after a message: disk full, input/output error */
};

/*
 * What a terminal might take for an order becomes a question mark: where the guest's console or
 * the monitor's messages come beside what was asked for.
 */
void outlet_plain(char *data, size_t len);

enum outlet_result outlet_move(struct outlet *outlet);

#endif
