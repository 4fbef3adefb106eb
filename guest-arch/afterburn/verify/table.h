/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h - which instructions are sensitive, by Zydis' names.
 *
 * Runs: in the verifier. Independent of sens.c on purpose: one checks the other.
 */
#ifndef UMVMM_VERIFY_TABLE_H
#define UMVMM_VERIFY_TABLE_H

#include <Zydis/Zydis.h>

enum sensitivity {
	HARMLESS,
	FAULTING, /* ring 3 faults on it: the monitor can emulate it unrecorded */
	SILENT,	  /* ring 3 executes it, with another result */
};

enum sensitivity table_look_up(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
			       const ZydisDecodedInstruction *insn);

#endif
