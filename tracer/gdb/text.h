/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - text that grows, up to a limit: what a monitor command prints.
 *
 * Runs: in the tracer's gdb thread.
 */
#ifndef TRACER_GDB_TEXT_H
#define TRACER_GDB_TEXT_H

#include <stddef.h>

#define TEXT_MAX (8u * 1024 * 1024)

struct text {
	char *data;
	size_t size, room;
	size_t sent;
};

/* Beyond TEXT_MAX, or without memory, it is cut off and says so. */
void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

#endif
