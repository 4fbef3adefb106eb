// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json.c - what --json prints.
 *
 * Must hold: text may be the guest's: whatever it holds, what is printed is JSON, in ASCII.
 */
#include "json.h"

#include <string.h>

void json_bytes(FILE *out, const char *key, const char *text, size_t len)
{
	fprintf(out, "\"%s\":\"", key);
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		fprintf(out, c < ' ' || c > '~' || c == '"' || c == '\\' ? "\\u%04x" : "%c", c);
	}
	fprintf(out, "\"");
}

void json_string(FILE *out, const char *key, const char *text)
{
	json_bytes(out, key, text, strlen(text));
}
