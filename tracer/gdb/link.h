/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link.h - the connection to a gdb: packets in, frames out, nothing blocks.
 *
 * Runs: in the tracer's gdb thread.
 *
 * Must hold: no packet is read while a frame waits to be written: so one frame is all
 * that is ever kept, however slowly gdb reads.
 */
#ifndef TRACER_GDB_LINK_H
#define TRACER_GDB_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "packet.h"

#define LINK_IN 65536u

struct link {
	int fd; /* -1: nobody is connected */
	bool met;	  /* it has sent a packet */
	bool acks;	  /* until QStartNoAckMode */
	bool acks_end;	  /* this is the last packet that is acknowledged */
	size_t in_at, in_end;
	size_t out_at, out_end; /* not yet written; out[0 … last - 1] is kept for a NAK */
	size_t last;
	struct packet packet;
	char in[LINK_IN];
	char out[PACKET_MAX + PACKET_FRAME + 1]; /* with an ack before the frame */
};

enum link_event {
	LINK_IDLE,	/* poll() before the next look */
	LINK_PACKET,	/* link->packet */
	LINK_INTERRUPT, /* Ctrl-C */
	LINK_LONG,	/* a packet that was longer than PACKET_MAX: it needs an answer, too */
	LINK_CLOSED,
};

/* FD is a connected stream socket; it becomes non-blocking and is the link's. */
void link_open(struct link *l, int fd);
void link_close(struct link *l);

/* What poll() shall wait for: POLLIN or POLLOUT. */
short link_wants(const struct link *l);

/* Writes as far as that goes. False: gdb is gone. */
bool link_flush(struct link *l) __attribute__((warn_unused_result));

/* Writes and reads as far as that goes, up to the next event. */
enum link_event link_next(struct link *l);

/* Nothing waits to be written: what is no answer may be sent. */
bool link_ready(const struct link *l);

/* An answer to the packet that link_next() gave last, or what is sent when link_ready(): SIZE
   bytes of DATA, at most PACKET_MAX. */
void link_send(struct link *l, const char *data, size_t size);

#endif
