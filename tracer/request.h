/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request.h - what the manager asks of the tracer, over a socket pair.
 *
 * Must hold: one request is outstanding at a time; each gets one answer, 0 or
 * an errno. A request with a file gets none: the manager does not wait for it.
 */
#ifndef TRACER_REQUEST_H
#define TRACER_REQUEST_H

#include <stdbool.h>
#include <sys/types.h>

#include "tracer.h"

enum request_kind {
	REQUEST_WATCH, /* over a zygote that has not forked a context yet */
	REQUEST_GDB,   /* let gdbs in: all zygotes are there */
	REQUEST_SNAPSHOT, /* snapshot_serve(file) */
};

struct request {
	enum request_kind kind;
	enum watch watch; /* REQUEST_WATCH */
	pid_t zygote;
	bool hold; /* REQUEST_GDB: the guest waits for one */
};

/* Tracer's side: 0, or -1 when the manager is gone. *FILE is -1 if none came. */
int request_receive(int fd, struct request *req, int *file) __attribute__((warn_unused_result));
int request_answer(int fd, int err) __attribute__((warn_unused_result));
/* Manager's side: the answer, or -1 when the tracer is gone. */
int request_send(int fd, const struct request *req) __attribute__((warn_unused_result));
/* With a file, without an answer: 0, or -1 when the tracer is gone or does not listen. */
int request_send_file(int fd, const struct request *req, int file)
	__attribute__((warn_unused_result));

#endif
