// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * preamble.c - the assembler text before and after what the compiler wrote.
 *
 * Runs: in the assembler wrapper; the text runs in GNU as.
 *
 * A macro takes precedence over the instruction of the same name, so every
 * sensitive mnemonic becomes a macro, and instructions that other macros
 * generate are caught too. Inside, the pseudo prefix {nooptimize} keeps the
 * assembler from looking the mnemonic up as a macro again; it changes nothing
 * in the encoding.
 *
 * Must hold: nothing between the start and the end of a site makes a variable
 * fragment, so that label differences across a site stay absolute; the
 * sources use them in .if and .skip. The macros start no line of their own in
 * the line table.
 */
#include "preamble.h"

#include "mnemonic.h"
#include "umvmm/abi.h"

static const char note_header[] =
	".set " SITE_CODE64 ", 1\n"
	".pushsection .note.umvmm,\"a\",@note\n"
	".balign 4\n"
	".long .Lumvmm_pad - .Lumvmm_name, .Lumvmm_end - .Lumvmm_desc, %d\n"
	".Lumvmm_name: .asciz \"" UMVMM_NOTE_NAME "\"\n"
	".Lumvmm_pad: .balign 4\n"
	".Lumvmm_desc:\n"
	".popsection\n";

static const char macros[] =
	/* n bytes of nops; n is absolute */
	".macro umvmm_nops n\n"
	".rept \\n >> 3\n"
	".byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
	".endr\n"
	".if \\n & 4\n"
	".byte 0x0f, 0x1f, 0x40, 0\n"
	".endif\n"
	".if (\\n & 3) == 3\n"
	".byte 0x0f, 0x1f, 0\n"
	".elseif (\\n & 3) == 2\n"
	".byte 0x66, 0x90\n"
	".elseif (\\n & 3) == 1\n"
	".byte 0x90\n"
	".endif\n"
	".endm\n"

	".macro umvmm_record at, len\n"
	".pushsection .note.umvmm,\"a\",@note\n"
	".long \\at - .\n"
	".byte \\len, 0, 0, 0\n"
	".popsection\n"
	".endm\n"

	".macro " SITE_BYTES_MACRO " len, insn:vararg\n"
	".if " SITE_CODE64 "\n"
	".Lumvmm_s\\@:\n"
	"\\insn\n"
	".set .Lumvmm_n, \\len - (. - .Lumvmm_s\\@)\n"
	".if .Lumvmm_n < 0\n"
	".error \"umvmm: instruction longer than its site\"\n"
	".else\n"
	"umvmm_nops .Lumvmm_n\n"
	".endif\n"
	"umvmm_record .Lumvmm_s\\@, \\len\n"
	".else\n"
	"\\insn\n"
	".endif\n"
	".endm\n"

	".macro " SITE_MACRO " len, insn:vararg\n"
	SITE_BYTES_MACRO " \\len, {nooptimize} \\insn\n"
	".endm\n"

	/* The same with a one-byte instruction behind its padding. */
	".macro umvmm_site_nops_first len, insn:vararg\n"
	".if " SITE_CODE64 "\n"
	".Lumvmm_s\\@:\n"
	"umvmm_nops (\\len-1)\n"
	"{nooptimize} \\insn\n"
	"umvmm_record .Lumvmm_s\\@, \\len\n"
	".else\n"
	"{nooptimize} \\insn\n"
	".endif\n"
	".endm\n";

static const char epilogue[] =
	"\n.pushsection .note.umvmm,\"a\",@note\n"
	".Lumvmm_end:\n"
	".popsection\n";

void preamble_write(struct text *out)
{
	text_printf(out, note_header, UMVMM_NOTE_SITES);
	text_puts(out, macros);
	for (size_t i = 0; i < mnemonic_count; i++) {
		const struct mnemonic *m = &mnemonics[i];

		text_printf(out, ".macro %s operands:vararg\n" SITE_MACRO "%s %d, %s \\operands\n.endm\n",
			    m->name, m->nops_first ? "_nops_first" : "", m->len, m->name);
	}
}

void epilogue_write(struct text *out)
{
	text_puts(out, epilogue);
}
