/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request.h - what the manager asks of the tracer, over a socket pair.
 *
 * Must hold: one request is outstanding at a time; each gets one answer, 0 or
 * an errno.
 */
#ifndef TRACER_REQUEST_H
#define TRACER_REQUEST_H

#include <sys/types.h>

/* Watch over a zygote that has not forked a context yet. */
struct request {
	pid_t zygote;
	int watch; /* enum watch */
};

/* Tracer's side: 0, or -1 when the manager is gone. */
int request_receive(int fd, struct request *req) __attribute__((warn_unused_result));
int request_answer(int fd, int err) __attribute__((warn_unused_result));
/* Manager's side: the answer, or -1 when the tracer is gone. */
int request_send(int fd, const struct request *req) __attribute__((warn_unused_result));

#endif
