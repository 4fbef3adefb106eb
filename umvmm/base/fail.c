// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fail.c - one-line messages to the user.
 *
 * Runs: in every ordinary process of umvmm, any thread: each message is one
 * write(2), so that lines of several threads do not mix.
 */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool fail_raw_terminal;

static void say(const char *fmt, va_list ap)
{
	char line[1024] = "umvmm: ";
	size_t room = sizeof(line) - 3;
	size_t len = strlen(line);
	int n = vsnprintf(line + len, room - len, fmt, ap);

	if (n > 0)
		len = len + (size_t)n < room ? len + (size_t)n : room - 1;
	if (fail_raw_terminal)
		line[len++] = '\r';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nobody is left to be told */
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return -1;
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}
