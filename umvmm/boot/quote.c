// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * quote.c - words for a POSIX shell.
 *
 * Runs: in the manager; pure.
 * Must hold: every word is put in single quotes; the quote itself becomes '\''.
 */
#include "quote.h"

#include <stdlib.h>
#include <string.h>

char *quote_argv(char *const *argv)
{
	size_t size = 1;
	char *line, *out;

	for (int i = 0; argv[i]; i++)
		size += 4 * strlen(argv[i]) + 3;
	line = calloc(1, size);
	if (!line)
		return NULL;
	out = line;
	for (int i = 0; argv[i]; i++) {
		if (i)
			*out++ = ' ';
		*out++ = '\'';
		for (const char *in = argv[i]; *in; in++) {
			if (*in == '\'')
				out = stpcpy(out, "'\\''");
			else
				*out++ = *in;
		}
		*out++ = '\'';
	}
	*out = '\0';
	return line;
}
