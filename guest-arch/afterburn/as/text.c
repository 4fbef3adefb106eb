// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c - a growing buffer of assembler text.
 *
 * Runs: in the assembler wrapper. Out of memory ends the program.
 */
#include "text.h"

#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void reserve(struct text *t, size_t more)
{
	size_t size = t->size ? t->size : 1 << 16;

	if (t->size - t->len >= more)
		return;
	while (size - t->len < more)
		size *= 2;
	t->data = realloc(t->data, size);
	if (!t->data)
		err(1, "as");
	t->size = size;
}

void text_add(struct text *t, const char *data, size_t len)
{
	reserve(t, len);
	memcpy(t->data + t->len, data, len);
	t->len += len;
}

void text_puts(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	reserve(t, n + 1);
	va_start(ap, fmt);
	vsnprintf(t->data + t->len, n + 1, fmt, ap);
	va_end(ap);
	t->len += n;
}

int text_read(struct text *t, int fd)
{
	for (;;) {
		ssize_t n;

		reserve(t, 1 << 16);
		n = read(fd, t->data + t->len, t->size - t->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		t->len += n;
	}
}
