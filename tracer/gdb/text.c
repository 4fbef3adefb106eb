// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c - text that grows, up to a limit: what a monitor command prints.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDS "… (there is more)\n"

static int grow(struct text *t, size_t need)
{
	size_t room = t->room ? t->room : 4096;
	char *data;

	while (room < need)
		room *= 2;
	data = realloc(t->data, room);
	if (!data)
		return -1;
	t->data = data;
	t->room = room;
	return 0;
}

void text_add(struct text *t, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	size_t size;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n <= 0 || t->size >= TEXT_MAX)
		return;
	size = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
	if (t->size + size + sizeof(ENDS) > t->room && grow(t, t->size + size + sizeof(ENDS)) < 0)
		return;
	memcpy(t->data + t->size, line, size);
	t->size += size;
	if (t->size < TEXT_MAX)
		return;
	memcpy(t->data + t->size, ENDS, sizeof(ENDS) - 1);
	t->size += sizeof(ENDS) - 1;
}

void text_free(struct text *t)
{
	free(t->data);
	memset(t, 0, sizeof(*t));
}
