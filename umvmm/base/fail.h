/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail.h - one-line messages to the user.
 *
 * Runs: in every ordinary process of umvmm.
 * Must hold: a message is one line, says what, where and what to do, and is
 * readable on a terminal in raw mode too.
 */
#ifndef UMVMM_BASE_FAIL_H
#define UMVMM_BASE_FAIL_H

#include <stdbool.h>

/* Prints "umvmm: ..." to stderr and returns -1. */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* The same for what is not an error. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2), cold));

/* Terminal in raw mode: lines end with carriage return and newline. */
extern bool fail_raw_terminal;

#endif
