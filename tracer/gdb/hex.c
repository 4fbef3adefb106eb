// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hex.c - numbers and bytes as gdb's remote protocol writes them.
 *
 * Runs: in the tracer; keeps nothing.
 */
#include "hex.h"

#define ESCAPE	   '}'
#define ESCAPE_XOR 0x20

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_number(const char **p, uint64_t *value)
{
	const char *start = *p;
	uint64_t n = 0;
	int digit;

	for (; (digit = hex_digit(**p)) >= 0; (*p)++) {
		if (n >> 60)
			return false;
		n = n << 4 | (unsigned int)digit;
	}
	*value = n;
	return *p != start;
}

size_t hex_encode(char *out, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *byte = data;

	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[byte[i] >> 4];
		out[2 * i + 1] = digits[byte[i] & 15];
	}
	return 2 * size;
}

bool hex_decode(void *out, const char *text, size_t size)
{
	uint8_t *byte = out;

	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		byte[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* Also '*', which in an answer would be a run length. */
static bool special(char c)
{
	return c == '$' || c == '#' || c == ESCAPE || c == '*';
}

size_t binary_escape(char *out, size_t room, const void *data, size_t *size)
{
	const char *byte = data;
	size_t used = 0, i;

	for (i = 0; i < *size; i++) {
		size_t need = special(byte[i]) ? 2 : 1;

		if (room - used < need)
			break;
		if (need == 2) {
			out[used++] = ESCAPE;
			out[used++] = (char)(byte[i] ^ ESCAPE_XOR);
		} else {
			out[used++] = byte[i];
		}
	}
	*size = i;
	return used;
}

ptrdiff_t binary_unescape(void *out, const char *text, size_t len)
{
	char *byte = out;
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == ESCAPE) {
			if (++i == len)
				return -1;
			c = (char)(text[i] ^ ESCAPE_XOR);
		}
		byte[used++] = c;
	}
	return (ptrdiff_t)used;
}
