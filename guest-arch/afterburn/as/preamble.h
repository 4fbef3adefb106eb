/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preamble.h - the assembler text before and after what the compiler wrote.
 *
 * Runs: in the assembler wrapper.
 */
#ifndef UMVMM_AS_PREAMBLE_H
#define UMVMM_AS_PREAMBLE_H

#include "text.h"

/* Macro that wraps one instruction: len, then the instruction. */
#define SITE_MACRO "umvmm_site"
/* The same for a .byte list. */
#define SITE_BYTES_MACRO "umvmm_site_bytes"
/* Absolute symbol: non-zero while the assembler emits 64-bit code. */
#define SITE_CODE64 ".Lumvmm_code64"

void preamble_write(struct text *out);
void epilogue_write(struct text *out);

#endif
