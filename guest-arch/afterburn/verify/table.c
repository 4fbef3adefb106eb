// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - which instructions are sensitive, by Zydis' names.
 *
 * Runs: in the verifier. Independent of sens.c on purpose: one checks the other.
 *
 * wbnoinvd decodes as wbinvd with an ignored prefix.
 * Not here, because ring 3 does the right thing or the fault is as the guest
 * expects it: int3, ud2, rdtsc, rdtscp, verw, stac, clac, rd/wr fs/gs base,
 * moves from DS, ES and FS, and to DS, ES and SS. Moves to FS and GS and from GS do the right
 * thing only where the host has FSGSBASE (umvmm/monitor/cpu/bases.h).
 */
#include "table.h"

struct entry {
	ZydisMnemonic mnemonic;
	enum sensitivity sensitivity;
};

#define F(name) { ZYDIS_MNEMONIC_##name, FAULTING }
#define S(name) { ZYDIS_MNEMONIC_##name, SILENT }

static const struct entry entries[] = {
	F(CLI),	    F(STI),	F(HLT),	     S(PUSHF),	 S(PUSHFD),  S(PUSHFQ),	  S(POPF),
	S(POPFD),   S(POPFQ),	S(IRET),     S(IRETD),	 S(IRETQ),   F(SYSRET),	  F(SYSEXIT),
	F(SWAPGS),  F(WRMSR),	F(RDMSR),    S(CPUID),	 S(RDPMC),   S(RDPID),	  S(XGETBV),
	F(XSETBV),  F(XSAVES),	F(XSAVES64), F(XRSTORS), F(XRSTORS64),
	F(INVD),    F(WBINVD),	F(INVLPG),   F(INVPCID), F(CLTS),    F(LMSW),
	S(SMSW),    F(LGDT),	F(LIDT),     S(SGDT),	 S(SIDT),    F(LLDT),	  F(LTR),
	S(SLDT),    S(STR),	S(LAR),	     S(LSL),	 S(VERR),    F(IN),	  F(OUT),
	F(INSB),    F(INSW),	F(INSD),     F(OUTSB),	 F(OUTSW),   F(OUTSD),
};

static enum sensitivity move(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
			     const ZydisDecodedInstruction *insn)
{
	ZydisDecodedOperand op[2];

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeOperands(decoder, context, insn, op, 2)))
		return HARMLESS;
	for (int i = 0; i < 2; i++) {
		if (op[i].type != ZYDIS_OPERAND_TYPE_REGISTER)
			continue;
		switch (ZydisRegisterGetClass(op[i].reg.value)) {
		case ZYDIS_REGCLASS_CONTROL:
		case ZYDIS_REGCLASS_DEBUG:
			return FAULTING;
		default:
			break;
		}
	}
	if (op[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    (op[0].reg.value == ZYDIS_REGISTER_FS || op[0].reg.value == ZYDIS_REGISTER_GS))
		return SELECTOR;
	if (op[1].type == ZYDIS_OPERAND_TYPE_REGISTER && op[1].reg.value == ZYDIS_REGISTER_GS)
		return SELECTOR;
	if (op[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	    (op[1].reg.value == ZYDIS_REGISTER_CS || op[1].reg.value == ZYDIS_REGISTER_SS))
		return SILENT;
	return HARMLESS;
}

enum sensitivity table_look_up(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
			       const ZydisDecodedInstruction *insn)
{
	static uint8_t by_mnemonic[ZYDIS_MNEMONIC_MAX_VALUE + 1];

	if (!by_mnemonic[ZYDIS_MNEMONIC_CLI])
		for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
			by_mnemonic[entries[i].mnemonic] = entries[i].sensitivity;
	if (insn->mnemonic == ZYDIS_MNEMONIC_MOV)
		return move(decoder, context, insn);
	if (insn->mnemonic == ZYDIS_MNEMONIC_RET)
		return insn->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR ? SILENT : HARMLESS;
	return by_mnemonic[insn->mnemonic];
}
