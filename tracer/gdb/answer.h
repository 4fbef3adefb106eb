/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer.h - the answer to the packet in hand. Each replaces what was there.
 *
 * Runs: in the tracer's gdb thread.
 */
#ifndef TRACER_GDB_ANSWER_H
#define TRACER_GDB_ANSWER_H

struct stub;

void answer_empty(struct stub *s);
void answer_ok(struct stub *s);
void answer_text(struct stub *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* ERR: a positive errno. */
void answer_errno(struct stub *s, int err);
void answer_error(struct stub *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
