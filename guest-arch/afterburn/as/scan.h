/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan.h - mark the sensitive instructions that macros cannot catch by name.
 *
 * Runs: in the assembler wrapper.
 */
#ifndef UMVMM_AS_SCAN_H
#define UMVMM_AS_SCAN_H

#include <stddef.h>

#include "text.h"

/* Copies src to out, statement by statement; line numbers do not change. */
void scan(struct text *out, const char *src, size_t len);

#endif
