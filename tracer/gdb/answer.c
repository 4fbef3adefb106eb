// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * answer.c - the answer to the packet in hand.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stub.h"

void answer_empty(struct stub *s)
{
	s->answer_size = 0;
	s->answer_due = true;
}

void answer_ok(struct stub *s)
{
	answer_text(s, "OK");
}

static void answer_format(struct stub *s, const char *fmt, va_list ap)
{
	int n = vsnprintf(s->answer, sizeof(s->answer), fmt, ap);

	s->answer_size = n < 0 ? 0 : (size_t)n > PACKET_MAX ? PACKET_MAX : (size_t)n;
	s->answer_due = true;
}

void answer_text(struct stub *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	answer_format(s, fmt, ap);
	va_end(ap);
}

/* gdb shows what follows "E." */
void answer_error(struct stub *s, const char *fmt, ...)
{
	char text[200] = "E.";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + 2, sizeof(text) - 2, fmt, ap);
	va_end(ap);
	for (char *p = text; *p; p++)
		if (strchr("#$}*", *p))
			*p = '?';
	answer_text(s, "%s", text);
}

void answer_errno(struct stub *s, int err)
{
	answer_text(s, "E%02x", (unsigned int)err & 0xff);
}
