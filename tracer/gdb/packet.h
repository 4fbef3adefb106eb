/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * packet.h - the frames of gdb's remote protocol: $data#checksum.
 *
 * Runs: in the tracer. A struct packet reads what gdb sends, byte by byte; a frame
 * is written by packet_frame().
 *
 * Must hold: whatever the bytes are, nothing but `data` is written, and the worst that
 * comes of them is that a packet is refused.
 */
#ifndef TRACER_GDB_PACKET_H
#define TRACER_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a packet's data, both ways; what qSupported tells gdb. */
#define PACKET_MAX 0x20000u
/* Around them: '$', '#', two digits. */
#define PACKET_FRAME 4u

enum packet_event {
	PACKET_NOTHING,	  /* all bytes were used, nothing is complete */
	PACKET_COMPLETE,  /* data[0 … size - 1], and a zero byte behind them */
	PACKET_BAD,	  /* the checksum is wrong, or it was longer than PACKET_MAX */
	PACKET_ACK,	  /* gdb has got our last frame */
	PACKET_NAK,	  /* gdb wants it again */
	PACKET_INTERRUPT, /* Ctrl-C: a byte 3 outside of a frame */
};

struct packet {
	enum { PACKET_OUTSIDE, PACKET_DATA, PACKET_CHECK_1, PACKET_CHECK_2 } state;
	bool unchecked; /* no-ack mode: the checksum is not looked at */
	bool too_long;
	uint8_t sum;
	int check;
	size_t size;
	char data[PACKET_MAX + 1];
};

/*
 * Reads some of SIZE bytes of BYTES up to the first event; *USED becomes their number.
 * The packet's data are valid until the next call.
 */
enum packet_event packet_read(struct packet *p, const char *bytes, size_t size, size_t *used);

/*
 * Frames the SIZE bytes of DATA; OUT has room for SIZE + PACKET_FRAME. Runs of a
 * character become run lengths where that is shorter. Returns the frame's size.
 */
size_t packet_frame(char *out, const char *data, size_t size);

#endif
