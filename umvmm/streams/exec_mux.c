// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec_mux.c - carries frames between the clients of umvmm exec and the guest's agent.
 *
 * Runs: in the manager's main thread. Must hold: exec_mux.h.
 */
#include "exec_mux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MCR_RTS 2u

static void drop(struct exec_mux *mux, unsigned int index)
{
	struct exec_session *s = &mux->session[index];

	if (s->fd < 0)
		return;
	close(s->fd);
	free(s->out);
	if (s->started && !s->over) {
		mux->gone |= (uint8_t)(1u << index);
		mux->leaving |= (uint8_t)(1u << index);
	}
	*s = (struct exec_session){ .fd = -1 };
}

static void drop_all(struct exec_mux *mux)
{
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
		drop(mux, i);
	mux->gone = mux->leaving = 0;
}

void exec_mux_connect(struct exec_mux *mux, struct uart *uart)
{
	if (mux->uart)
		drop_all(mux);
	memset(mux, 0, sizeof(*mux));
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
		mux->session[i].fd = -1;
	mux->uart = uart;
	mux->to_guest = (struct ring_end){ .ring = &uart->rx };
}

void exec_mux_close(struct exec_mux *mux)
{
	if (mux->uart)
		drop_all(mux);
}

int exec_mux_accept(struct exec_mux *mux, int fd, const char **why)
{
	*why = "no agent answers in the guest: it is still booting, or runs an init of its own";
	if (!mux->ready)
		return -1;
	*why = "as many commands as are possible run in it already";
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		struct exec_session *s = &mux->session[i];

		if (s->fd >= 0 || (mux->leaving >> i & 1))
			continue;
		*why = "no memory";
		s->out = malloc(EXEC_BACKLOG);
		if (!s->out)
			return -1;
		s->fd = fd;
		return 0;
	}
	return -1;
}

/* A frame of the guest's for a client. */
static void to_client(struct exec_mux *mux, const struct exec_frame *frame)
{
	const uint32_t size = (uint32_t)sizeof(*frame) + frame->len;
	struct exec_session *s = &mux->session[frame->session];

	if (s->fd < 0 || s->over)
		return; /* it has just left */
	if (s->out_start) {
		memmove(s->out, s->out + s->out_start, s->out_end - s->out_start);
		s->out_end -= s->out_start;
		s->out_start = 0;
	}
	if (size > EXEC_BACKLOG - s->out_end) {
		drop(mux, frame->session);
		return;
	}
	memcpy(s->out + s->out_end, mux->frame, size);
	s->out[s->out_end + offsetof(struct exec_frame, session)] = 0;
	s->out_end += size;
	s->over = frame->type == EXEC_EXIT;
}

/* The agent's next frame is whole: false if it is nonsense. */
static bool understand(struct exec_mux *mux, const struct exec_frame *frame)
{
	switch (frame->type) {
	case EXEC_HELLO:
		drop_all(mux);
		mux->ready = true;
		return frame->len == 0;
	case EXEC_OUT:
	case EXEC_ERR:
		break;
	case EXEC_EXIT:
		if (frame->len != 1)
			return false;
		break;
	case EXEC_TAKEN:
		if (frame->len != sizeof(uint32_t))
			return false;
		break;
	default:
		return false;
	}
	if (!mux->ready || frame->session >= EXEC_SESSIONS)
		return false;
	to_client(mux, frame);
	if (frame->type == EXEC_EXIT) {
		mux->gone &= (uint8_t) ~(1u << frame->session);
		mux->leaving &= (uint8_t) ~(1u << frame->session);
	}
	return true;
}

void exec_mux_look(void *ctx, const char *data, uint32_t len)
{
	struct exec_mux *mux = ctx;
	struct exec_frame frame;

	for (uint32_t i = 0; i < len; i++) {
		mux->frame[mux->frame_len++] = (uint8_t)data[i];
		if (mux->frame_len < sizeof(frame))
			continue;
		memcpy(&frame, mux->frame, sizeof(frame));
		if (frame.len <= EXEC_PAYLOAD && mux->frame_len < sizeof(frame) + frame.len)
			continue;
		mux->frame_len = 0;
		if (frame.len > EXEC_PAYLOAD || !understand(mux, &frame)) {
			/* until it says hello again */
			drop_all(mux);
			mux->ready = false;
		}
	}
}

static bool guest_listens(const struct exec_mux *mux, uint32_t size)
{
	return (__atomic_load_n(&mux->uart->mcr, __ATOMIC_RELAXED) & MCR_RTS) &&
	       ring_room(&mux->to_guest) >= size;
}

/* The agent frees a session's place when it knows that the client has left. */
static bool tell_gone(struct exec_mux *mux)
{
	bool told = false;

	for (uint8_t i = 0; i < EXEC_SESSIONS; i++) {
		const struct exec_frame frame = { .type = EXEC_GONE, .session = i };

		if (!(mux->gone >> i & 1) || !guest_listens(mux, sizeof(frame)))
			continue;
		ring_put(&mux->to_guest, &frame, sizeof(frame));
		mux->gone &= (uint8_t) ~(1u << i);
		told = true;
	}
	return told;
}

/* What is needed of the client's next frame: its head, then all of it. */
static uint32_t wanted(const struct exec_session *s, struct exec_frame *frame)
{
	if (s->in_len < sizeof(*frame))
		return sizeof(*frame);
	memcpy(frame, s->in, sizeof(*frame));
	return (uint32_t)sizeof(*frame) + frame->len;
}

/* Of the client, one frame: true if it went to the guest. */
static bool from_client(struct exec_mux *mux, unsigned int index)
{
	struct exec_session *s = &mux->session[index];
	struct exec_frame frame;
	uint32_t want;

	while (s->in_len < (want = wanted(s, &frame))) {
		ssize_t n = 0;

		if (want <= sizeof(s->in))
			n = recv(s->fd, s->in + s->in_len, want - s->in_len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (n <= 0) { /* gone, or a frame that is too long */
			drop(mux, index);
			return false;
		}
		s->in_len += (uint32_t)n;
	}
	if (frame.type < EXEC_ARGS || frame.type == EXEC_GONE) {
		drop(mux, index);
		return false;
	}
	s->in[offsetof(struct exec_frame, session)] = (uint8_t)index;
	ring_put(&mux->to_guest, s->in, s->in_len);
	s->in_len = 0;
	s->started = true;
	return true;
}

static void flush(struct exec_mux *mux, unsigned int index)
{
	struct exec_session *s = &mux->session[index];
	ssize_t n;

	while (s->out_start < s->out_end) {
		n = send(s->fd, s->out + s->out_start, s->out_end - s->out_start,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			drop(mux, index);
			return;
		}
		s->out_start += (uint32_t)n;
	}
	s->out_start = s->out_end = 0;
	if (s->over)
		drop(mux, index);
}

void exec_mux_prepare(const struct exec_mux *mux, struct pollfd fds[EXEC_SESSIONS])
{
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		const struct exec_session *s = &mux->session[i];
		const bool output = s->out_start < s->out_end;
		/* where the guest does not listen it has to wait */
		const bool input = guest_listens(mux, EXEC_FRAME_MAX);

		fds[i] = (struct pollfd){ .fd = s->fd };
		fds[i].events = (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0));
		if (!fds[i].events)
			fds[i].fd = -1;
	}
}

bool exec_mux_move(struct exec_mux *mux, const struct pollfd fds[EXEC_SESSIONS])
{
	bool moved = mux->gone && tell_gone(mux);

	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		if (mux->session[i].fd >= 0 && mux->session[i].out_start < mux->session[i].out_end)
			flush(mux, i);
		if (fds[i].fd >= 0 && fds[i].fd == mux->session[i].fd &&
		    (fds[i].revents & (POLLIN | POLLHUP | POLLERR)) &&
		    guest_listens(mux, EXEC_FRAME_MAX))
			while (from_client(mux, i)) {
				moved = true;
				if (!guest_listens(mux, EXEC_FRAME_MAX))
					break;
			}
	}
	return moved;
}
