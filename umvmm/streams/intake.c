// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * intake.c - carries standard input to one of the guest's serial ports.
 *
 * Runs: in the manager's main thread.
 * Must hold: reads only what the ring has room for, so nothing is lost or
 * kept; reads only after poll, so it never blocks. A terminal's keys are
 * always read, or Ctrl-a x would not work: without room they are dropped.
 */
#include "intake.h"

#include <errno.h>
#include <unistd.h>

#define CHUNK	ESCAPE_MAX
#define MCR_RTS 2u

bool intake_wants(const struct intake *intake)
{
	if (intake->eof)
		return false;
	if (intake->raw)
		return true;
	return (__atomic_load_n(&intake->uart->mcr, __ATOMIC_RELAXED) & MCR_RTS) &&
	       ring_room(&intake->end) >= CHUNK;
}

void intake_break(struct uart *uart, uint32_t index)
{
	uint32_t at = index % RING_SIZE;

	__atomic_fetch_or(&uart->rx_break[at / 8], 1u << at % 8, __ATOMIC_RELAXED);
}

/* Before the bytes are put. */
static void mark_breaks(struct intake *intake, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		if (intake->escape.breaks[i / 8] >> i % 8 & 1)
			intake_break(intake->uart, intake->end.index + i);
}

bool intake_move(struct intake *intake)
{
	char data[CHUNK];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));
	uint32_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		intake->eof = true;
		return false;
	}
	len = (uint32_t)n;
	if (intake->raw)
		len = escape_filter(&intake->escape, data, len);
	if (!len || ring_room(&intake->end) < len)
		return false;
	if (intake->raw)
		mark_breaks(intake, len);
	ring_put(&intake->end, data, len);
	intake->total += len;
	return true;
}
