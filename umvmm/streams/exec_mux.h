/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec_mux.h - carries frames between the clients of umvmm exec and the guest's agent.
 *
 * Runs: in the manager's main thread.
 * Must hold: nothing blocks; the guest and the clients may send anything. A frame is passed
 * on only whole and with a length that is checked, and no more is kept for a client than
 * EXEC_WINDOW allows to be under way: who sends more has its session ended.
 */
#ifndef UMVMM_STREAMS_EXEC_MUX_H
#define UMVMM_STREAMS_EXEC_MUX_H

#include <poll.h>
#include <stdbool.h>
#include <umvmm/exec.h>

#include "ring.h"

#define EXEC_FRAME_MAX (sizeof(struct exec_frame) + EXEC_PAYLOAD)
/* Output under way, in frames of a byte each at the worst, and what else may come. */
#define EXEC_BACKLOG (EXEC_WINDOW * (sizeof(struct exec_frame) + 1) + 4096)

struct exec_session {
	int fd;		    /* the client; -1: none */
	bool started, over; /* the agent knows it; the agent has said its last word */
	uint8_t in[EXEC_FRAME_MAX];
	uint32_t in_len;
	uint8_t *out; /* EXEC_BACKLOG bytes */
	uint32_t out_start, out_end;
};

struct exec_mux {
	struct exec_session session[EXEC_SESSIONS];
	struct uart *uart;
	struct ring_end to_guest;
	bool ready; /* the agent has said hello, and nothing wrong since */
	uint8_t frame[EXEC_FRAME_MAX];
	uint32_t frame_len;
	uint8_t gone;	 /* sessions whose client has left: the agent shall know */
	uint8_t leaving; /* the same, until it has said EXEC_EXIT: no new client's yet */
};

/* For a fresh machine, at whose port the agent will be; clients of the last one are let go. */
void exec_mux_connect(struct exec_mux *mux, struct uart *uart);
/* For struct outlet.look: what the agent has sent. */
void exec_mux_look(void *mux, const char *data, uint32_t len);

/*
 * A client has asked for a session: 0, and FD is ours; or -1 with *WHY.
 */
int exec_mux_accept(struct exec_mux *mux, int fd, const char **why)
	__attribute__((warn_unused_result));

/* What to poll for: an entry for each session. */
void exec_mux_prepare(const struct exec_mux *mux, struct pollfd fds[EXEC_SESSIONS]);
/* True if the guest's port has got something: kick it. */
bool exec_mux_move(struct exec_mux *mux, const struct pollfd fds[EXEC_SESSIONS]);

void exec_mux_close(struct exec_mux *mux);

#endif
