/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * door.h - the sockets that a gdb connects to, and who is let in.
 *
 * Runs: in the tracer's gdb thread. The manager has made the sockets.
 *
 * Must hold: one gdb at a time; on a unix socket only this user's, or root's. Others
 * are told why, if they listen, and cost nothing but a descriptor for a second.
 */
#ifndef TRACER_GDB_DOOR_H
#define TRACER_GDB_DOOR_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define DOOR_SOCKETS 2u
#define DOOR_REFUSED 4u
#define DOOR_POLL    (DOOR_SOCKETS + DOOR_REFUSED)

struct door {
	int socket[DOOR_SOCKETS]; /* listening, or one that is connected already; -1: none */
	struct {
		int fd;	       /* -1: none */
		bool told;     /* it has got its answer, and shall close */
		int64_t until; /* ns, monotonic */
	} refused[DOOR_REFUSED];
};

void door_open(struct door *d, const int socket[DOOR_SOCKETS]);

/* Fills FDS; returns how long to wait at most, in ms, or -1. */
int door_prepare(const struct door *d, struct pollfd fds[DOOR_POLL]);

/*
 * Looks at what poll() found. BUSY: a gdb is connected, others are refused. The
 * socket of one who may come in, else -1.
 */
int door_serve(struct door *d, const struct pollfd fds[DOOR_POLL], bool busy);

#endif
