// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * link.c - the connection to a gdb: packets in, frames out, nothing blocks.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void link_open(struct link *l, int fd)
{
	const int yes = 1;

	memset(l, 0, offsetof(struct link, packet));
	l->packet.state = PACKET_OUTSIDE;
	l->packet.unchecked = false;
	l->fd = fd;
	l->acks = true;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* no TCP: an error that does not matter */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

void link_close(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

short link_wants(const struct link *l)
{
	return link_ready(l) ? POLLIN : POLLOUT;
}

bool link_ready(const struct link *l)
{
	return l->out_at == l->out_end;
}

bool link_flush(struct link *l)
{
	while (l->out_at < l->out_end) {
		ssize_t n = send(l->fd, l->out + l->out_at, l->out_end - l->out_at, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		l->out_at += (size_t)n;
	}
	return true;
}

/* 1: there are bytes; 0: not now; -1: gdb is gone. */
static int fill(struct link *l)
{
	ssize_t n;

	if (l->in_at < l->in_end)
		return 1;
	do
		n = recv(l->fd, l->in, sizeof(l->in), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	l->in_at = 0;
	l->in_end = (size_t)n;
	return 1;
}

/* All that was sent before is out: link_flush() comes first. */
static void put_ack(struct link *l, char ack)
{
	if (!l->acks)
		return;
	l->out[0] = ack;
	l->out_at = 0;
	l->out_end = 1;
	l->last = 0;
}

/*
 * A gdb that has waited too long for an ack (remotetimeout, 2 s unless told otherwise) says
 * its packet once more, and takes a second answer for that of its next packet. What came
 * again before the answer is out is no other question.
 */
static void skip_repeated(struct link *l)
{
	const char *end = l->in + l->in_at, *frame = memrchr(l->in, '$', l->in_at);
	size_t size;

	if (!l->acks || !frame) /* the frame began in an earlier read */
		return;
	size = (size_t)(end - frame);
	while (l->in_end - l->in_at >= size && !memcmp(l->in + l->in_at, frame, size))
		l->in_at += size;
}

static enum link_event judge(struct link *l, enum packet_event event)
{
	switch (event) {
	case PACKET_COMPLETE:
		skip_repeated(l);
		put_ack(l, '+');
		return LINK_PACKET;
	case PACKET_BAD:
		if (l->packet.too_long) {
			put_ack(l, '+');
			return LINK_LONG;
		}
		put_ack(l, '-');
		return LINK_IDLE;
	case PACKET_NAK:
		if (l->acks && l->last) {
			l->out_at = 0;
			l->out_end = l->last;
		}
		return LINK_IDLE;
	case PACKET_INTERRUPT:
		return LINK_INTERRUPT;
	default:
		return LINK_IDLE;
	}
}

enum link_event link_next(struct link *l)
{
	for (;;) {
		enum packet_event read;
		enum link_event event;
		size_t used;
		int more;

		if (!link_flush(l))
			return LINK_CLOSED;
		if (!link_ready(l))
			return LINK_IDLE;
		more = fill(l);
		if (more <= 0)
			return more < 0 ? LINK_CLOSED : LINK_IDLE;
		read = packet_read(&l->packet, l->in + l->in_at, l->in_end - l->in_at, &used);
		l->in_at += used;
		event = judge(l, read);
		if (event != LINK_IDLE)
			return event;
	}
}

/* The ack of the packet that is answered, if it is still here, goes along. */
void link_send(struct link *l, const char *data, size_t size)
{
	size_t kept = l->out_end - l->out_at;

	memmove(l->out, l->out + l->out_at, kept);
	l->out_at = 0;
	l->out_end = kept + packet_frame(l->out + kept, data, size);
	l->last = l->out_end;
	if (l->acks_end) {
		l->acks = l->acks_end = false;
		l->packet.unchecked = true;
	}
}
