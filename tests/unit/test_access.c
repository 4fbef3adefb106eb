// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_access.c - access_size() against Zydis.
 *
 * Runs: on the build machine.
 */
#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../umvmm/monitor/cpu/access.c"

#include "unit.h"

static ZydisDecoder decoder;
static int compat;
static unsigned long compared;

static const char *hex(const uint8_t *p)
{
	static char text[3 * 16 + 1];

	for (int i = 0; i < 16; i++)
		snprintf(text + 3 * i, 4, "%02x ", p[i]);
	return text;
}

/* Not of any CPU that Linux 6.1 with AVX-512 runs on, or the kernel's, which the monitor emulates.
 */
static bool is_left_out(const ZydisDecodedInstruction *insn)
{
	switch (insn->meta.isa_ext) {
	case ZYDIS_ISA_EXT_SSE4A:
	case ZYDIS_ISA_EXT_KNC:
	case ZYDIS_ISA_EXT_KNCE:
	case ZYDIS_ISA_EXT_KNCV:
	case ZYDIS_ISA_EXT_PADLOCK:
	case ZYDIS_ISA_EXT_MPX:
	case ZYDIS_ISA_EXT_VTX:
	case ZYDIS_ISA_EXT_SVM:
	case ZYDIS_ISA_EXT_AMX_TILE:
	case ZYDIS_ISA_EXT_CET:
	case ZYDIS_ISA_EXT_KEYLOCKER:
	case ZYDIS_ISA_EXT_KEYLOCKER_WIDE:
		return true;
	default:
		break;
	}
	return insn->encoding == ZYDIS_INSTRUCTION_ENCODING_3DNOW ||
	       insn->encoding == ZYDIS_INSTRUCTION_ENCODING_XOP ||
	       insn->encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
	       insn->encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ||
	       insn->opcode_map == ZYDIS_OPCODE_MAP_MAP5 ||
	       insn->opcode_map == ZYDIS_OPCODE_MAP_MAP6 ||
	       (insn->attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) ||
	       insn->mnemonic == ZYDIS_MNEMONIC_UD0 || insn->mnemonic == ZYDIS_MNEMONIC_UD1 ||
	       insn->mnemonic == ZYDIS_MNEMONIC_CLFLUSH || insn->mnemonic == ZYDIS_MNEMONIC_CLWB ||
	       /* Zydis has those that change the privilege level */
	       insn->mnemonic == ZYDIS_MNEMONIC_IRET || insn->mnemonic == ZYDIS_MNEMONIC_IRETD ||
	       insn->meta.category == ZYDIS_CATEGORY_PREFETCH ||
	       insn->meta.category == ZYDIS_CATEGORY_CLFLUSHOPT ||
	       insn->meta.category == ZYDIS_CATEGORY_WIDENOP;
}

/* Any of the sizes that Zydis has for memory operands; true if there is none. */
static bool is_right(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *op,
		     unsigned int size)
{
	bool none = true;

	for (int i = 0; i < insn->operand_count; i++) {
		if (op[i].type != ZYDIS_OPERAND_TYPE_MEMORY ||
		    op[i].mem.type == ZYDIS_MEMOP_TYPE_AGEN || !op[i].size)
			continue;
		none = false;
		if (op[i].size == 8 * size)
			return true;
	}
	return none;
}

static void compare(const uint8_t *code, size_t n)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	ZydisDecodedInstruction insn;
	unsigned int size;

	if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, n, &insn, op)) ||
	    is_left_out(&insn))
		return;
	size = access_size(code, n, compat);
	compared++;
	ck_assert_msg(is_right(&insn, op, size), "%s %s: %u bytes",
		      ZydisMnemonicGetString(insn.mnemonic), hex(code), size);
	/* with fewer bytes known it says something; no more of them are there */
	for (size_t k = 0; compared % 64 == 0 && k < insn.length; k++) {
		uint8_t *part = malloc(k + 1);

		memcpy(part, code, k);
		ck_assert(access_size(part, k, compat) > 0);
		free(part);
	}
}

static void compare_all(void)
{
	static const char *const prefixes[] = { "",	    "\x66",	"\x48",
						"\xf3",	    "\xf2\x41", "\x66\x4f",
						"\x67\x48", "\x64",	"\x66\x66\x2e",
						"\x48\x66", "\xf3\x48", "\xf0" };
	static const char *const maps[] = { "", "\x0f", "\x0f\x38", "\x0f\x3a" };
	uint8_t code[ACCESS_CODE_MAX];

	srandom(1);
	for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++)
		for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
			for (int op = 0; op < 256; op++)
				for (int i = 0; i < 24; i++) { /* three ways to memory */
					static const uint8_t mod[] = { 0x01, 0x44, 0x85 };
					uint8_t modrm = mod[i % 3] | (uint8_t)(i / 3 << 3);
					size_t n = strlen(prefixes[p]);

					memcpy(code, prefixes[p], n);
					memcpy(code + n, maps[m], strlen(maps[m]));
					n += strlen(maps[m]);
					code[n++] = (uint8_t)op;
					code[n++] = modrm;
					while (n < sizeof(code))
						code[n++] = (uint8_t)random();
					compare(code, sizeof(code));
				}
	for (int i = 0; i < 100000; i++) {
		static const uint8_t first[] = { 0xc4, 0xc5 };

		for (size_t n = 0; n < sizeof(code); n++)
			code[n] = (uint8_t)random();
		code[0] = first[i % 2];
		compare(code, sizeof(code));
	}
}

START_TEST(in_64_bit_code)
{
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	compare_all();
	ck_assert_msg(compared > 60000, "only %lu instructions", compared);
}
END_TEST

START_TEST(in_32_bit_code)
{
	compat = 1;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32);
	compare_all();
	ck_assert_msg(compared > 60000, "only %lu instructions", compared);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("access");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, in_64_bit_code);
	tcase_add_test(tc, in_32_bit_code);
	return unit_run(tc);
}
