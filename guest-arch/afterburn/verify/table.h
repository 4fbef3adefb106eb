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
	/*
	 * A load of FS or GS: silent where the host has no FSGSBASE, harmless elsewhere. Linux
	 * has one in an alternative, for CPUs on which that leaves the base alone
	 * (X86_BUG_NULL_SEG): the guest's is none, where it would matter (monitor/cpu/segment.c).
	 */
	SELECTOR,
};

enum sensitivity table_look_up(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
			       const ZydisDecodedInstruction *insn);

#endif
