/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - a growing buffer of assembler text.
 *
 * Runs: in the assembler wrapper. Out of memory ends the program.
 */
#ifndef UMVMM_AS_TEXT_H
#define UMVMM_AS_TEXT_H

#include <stddef.h>

struct text {
	char *data;
	size_t len;
	size_t size;
};

void text_add(struct text *t, const char *data, size_t len);
void text_puts(struct text *t, const char *s);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Reads fd to its end. Returns 0 or -errno. */
int text_read(struct text *t, int fd) __attribute__((warn_unused_result));

#endif
