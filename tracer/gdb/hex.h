/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hex.h - numbers and bytes as gdb's remote protocol writes them.
 *
 * Runs: in the tracer; keeps nothing.
 */
#ifndef TRACER_GDB_HEX_H
#define TRACER_GDB_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 to 15, or -1. */
int hex_digit(char c);

/*
 * Reads the digits at *P, at most those that 64 bits hold, into *VALUE and moves *P
 * behind them. False: there is none, or there are too many.
 */
bool hex_number(const char **p, uint64_t *value) __attribute__((warn_unused_result));

/* Two digits for each of SIZE bytes of DATA, with no end mark; returns 2 * SIZE. */
size_t hex_encode(char *out, const void *data, size_t size);

/* SIZE bytes from 2 * SIZE digits. False: one of them is no digit. */
bool hex_decode(void *out, const char *text, size_t size) __attribute__((warn_unused_result));

/*
 * Bytes as they are, but those that frame packets behind a '}'. At most ROOM characters are
 * written; *SIZE becomes the number of bytes that fitted. Returns the characters.
 */
size_t binary_escape(char *out, size_t room, const void *data, size_t *size);

/* The reverse; OUT may be TEXT. Returns the bytes, or -1 where a '}' ends the text. */
ptrdiff_t binary_unescape(void *out, const char *text, size_t len);

#endif
