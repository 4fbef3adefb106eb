/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec.h - commands in a running guest: the frames between umvmm exec and guest's init.
 *
 * Runs: included by umvmm exec, by the manager, which passes frames on, and by the agent in
 * the guest. They travel on ttyS4 and on the client's socket to the manager.
 *
 * Must hold: no more than EXEC_WINDOW bytes of a session's input, and likewise of its
 * output, are under way: sent, and not yet told by EXEC_TAKEN. So nobody has to keep more,
 * and one client that reads nothing does not hold up the others. Whoever gets a frame
 * checks its length. A session begins with EXEC_ARGS and ends with EXEC_EXIT; frames for
 * one that is over may still be on their way to the agent, which drops them.
 */
#ifndef UMVMM_EXEC_H
#define UMVMM_EXEC_H

#include <stdint.h>

#define EXEC_TTY      "/dev/ttyS4"
#define EXEC_SESSIONS 8u
#define EXEC_PAYLOAD  512u
#define EXEC_WINDOW   16384u
#define EXEC_ARGS_MAX 65536u

/* Little-endian, as both ends are; LEN bytes follow. The client's session is always 0. */
struct exec_frame {
	uint8_t type, session;
	uint16_t len;
};

struct exec_terminal {
	uint16_t rows, cols;
	char type[60]; /* TERM, with a NUL; empty: the guest's own */
};

enum exec_type {
	/* from the agent, session 0: it has just started, and knows no session */
	EXEC_HELLO = 1,
	/* to the agent */
	EXEC_ARGS,   /* a part of the command's words, each with a NUL */
	EXEC_START,  /* that was all: run it */
	EXEC_IN,     /* for its standard input */
	EXEC_IN_END, /* which ends here */
	EXEC_SIGNAL, /* one byte: the signal for its process group */
	EXEC_GONE,   /* the client has gone: hang it up, and say EXEC_EXIT */
	/* struct exec_terminal; before EXEC_START: instead of pipes it has one; later: its size */
	EXEC_TERMINAL,
	/* from the agent */
	EXEC_OUT,  /* of its standard output */
	EXEC_ERR,  /* of its standard error */
	EXEC_EXIT, /* one byte: its status, as a shell's; no frame of this session follows */
	/* both ways: four bytes, how many bytes of the stream were taken since the last time */
	EXEC_TAKEN,
};

#endif
