// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * outlet.c - carries what the guest sends on one ring to a host file.
 *
 * Runs: in the manager's main thread.
 * Must hold: never blocks (files are shared with others, so O_NONBLOCK is not
 * ours to set: poll first, then at most PIPE_BUF bytes, which a pipe that is
 * ready takes at once); bytes leave the ring only when the file has them.
 */
#include "outlet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

static bool ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1;
}

static enum outlet_result write_error(struct outlet *outlet)
{
	if (errno == EPIPE)
		return OUTLET_CLOSED;
	if (errno == EAGAIN || errno == EINTR) {
		outlet->blocked = errno == EAGAIN;
		return OUTLET_IDLE;
	}
	fail("standard %s: %s", outlet->fd == STDOUT_FILENO ? "output" : "error", strerror(errno));
	return OUTLET_FAILED;
}

void outlet_plain(char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c >= 127)
			data[i] = '?';
	}
}

enum outlet_result outlet_move(struct outlet *outlet)
{
	char data[PIPE_BUF];
	ssize_t done;

	outlet->blocked = false;
	if (!ring_used(&outlet->end))
		return OUTLET_IDLE;
	if (outlet->fd >= 0 && !ready(outlet->fd)) {
		outlet->blocked = true;
		return OUTLET_IDLE;
	}
	done = ring_peek(&outlet->end, data, sizeof(data));
	if (outlet->plain)
		outlet_plain(data, (size_t)done);
	if (outlet->fd >= 0)
		done = write(outlet->fd, data, (size_t)done);
	if (done < 0)
		return write_error(outlet);
	if (outlet->look)
		outlet->look(outlet->ctx, data, (uint32_t)done);
	if (ring_take(&outlet->end, (uint32_t)done) > RING_SIZE / 2)
		return OUTLET_RELIEVED;
	return OUTLET_MOVED;
}
