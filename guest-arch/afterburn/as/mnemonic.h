/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mnemonic.h - the sensitive mnemonics and the length of their sites.
 *
 * Runs: in the assembler wrapper, on the build machine.
 */
#ifndef UMVMM_AS_MNEMONIC_H
#define UMVMM_AS_MNEMONIC_H

#include <stdbool.h>
#include <stddef.h>

enum site_length {
	SITE_CLI = 12,	  /* movq $imm32, abs32 */
	SITE_SWAPGS = 58, /* exchanged inline, without a call */
	SITE_GATE = 7,	  /* call *abs32 or jmp *abs32 */
	SITE_TRAP = 16,	  /* trap header and any instruction */
};

struct mnemonic {
	const char *name;
	enum site_length len;
	bool nops_first; /* padding precedes the instruction */
	bool string_io;	 /* takes a rep prefix */
};

extern const struct mnemonic mnemonics[];
extern const size_t mnemonic_count;

/* NULL: not sensitive by its name alone. name need not be terminated. */
const struct mnemonic *mnemonic_find(const char *name, size_t len);

#endif
