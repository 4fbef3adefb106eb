// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rewrite.c - the rewritten forms byte for byte, and hostile notes.
 *
 * Runs: on the build machine.
 * Links: guest-arch/afterburn/{rewrite,note,sens,elf}.c, -lcheck -lZydis (and
 * what Check needs). Include path: guest-arch/include.
 */
#include <Zydis/Zydis.h>
#include <linux/elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/boot/sites.h>
#include "../../guest-arch/afterburn/rewrite.h"
#include <umvmm/abi.h>

#include "unit.h"

#define BYTES(...)    (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })
#define LE32(v)	      (v) & 0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define CALL(gate)    0xff, 0x14, 0x25, LE32(UMVMM_GATE_TABLE + 8 * (gate))
#define JUMP(gate)    0xff, 0x24, 0x25, LE32(UMVMM_GATE_TABLE + 8 * (gate))
#define VCPU(field)   LE32(UMVMM_VCPU_ADDR + UMVMM_VCPU_##field)
#define RAX_SCR0      0x48, 0x89, 0x04, 0x25, VCPU(SCR0)
#define RDX_SCR1      0x48, 0x89, 0x14, 0x25, VCPU(SCR1)

static const struct form {
	const char *name;
	const uint8_t *insn;
	size_t insn_len;
	size_t site_len;
	const uint8_t *after;
	size_t after_len;
	const uint8_t *expected; /* the start of the afterburnt form; NULL: trapping form */
	size_t expected_len;
	enum sens_kind kind;
} forms[] = {
#define GATED(n, k, i, g) { n, i, 7, NULL, 0, g, SENS_##k }
#define TRAPS(n, k, len, i) { n, i, len, NULL, 0, NULL, 0, SENS_##k }
	{ "cli", BYTES(0xfa), 12, NULL, 0,
	  BYTES(0x48, 0xc7, 0x04, 0x25, VCPU(RFLAGS), 2, 0, 0, 0), SENS_CLI },
	{ "swapgs", BYTES(0x0f, 0x01, 0xf8), 58, NULL, 0,
	  BYTES(RAX_SCR0, RDX_SCR1, 0xf3, 0x48, 0x0f, 0xae, 0xc8, 0x48, 0x8b, 0x14, 0x25, VCPU(KGS),
		0x48, 0x89, 0x04, 0x25, VCPU(KGS), 0xf3, 0x48, 0x0f, 0xae, 0xda, 0x48, 0x8b, 0x04,
		0x25, VCPU(SCR0), 0x48, 0x8b, 0x14, 0x25, VCPU(SCR1)),
	  SENS_SWAPGS },
	{ "pushf; pop %rax", BYTES(0x9c), 7, BYTES(0x58), BYTES(0xff, 0x34, 0x25, VCPU(RFLAGS)),
	  SENS_PUSHF },
	{ "pushf; pop %r12", BYTES(0x9c), 7, BYTES(0x41, 0x5c),
	  BYTES(0xff, 0x34, 0x25, VCPU(RFLAGS)), SENS_PUSHF },
	{ "pushf; cli", BYTES(0x9c), 7, BYTES(0xfa, 0x58), BYTES(CALL(UMVMM_GATE_PUSHF)),
	  SENS_PUSHF },
	GATED("pushf", PUSHF, BYTES(0x9c), BYTES(CALL(UMVMM_GATE_PUSHF))),
	GATED("popf", POPF, BYTES(0x9d), BYTES(CALL(UMVMM_GATE_POPF))),
	GATED("sti", STI, BYTES(0x0f, 0x1f, 0x40, 0, 0x66, 0x90, 0xfb), BYTES(CALL(UMVMM_GATE_STI))),
	GATED("hlt", HLT, BYTES(0xf4), BYTES(CALL(UMVMM_GATE_HLT))),
	GATED("iretq", IRET, BYTES(0x48, 0xcf), BYTES(JUMP(UMVMM_GATE_IRETQ))),
	GATED("sysretq", SYSRET, BYTES(0x48, 0x0f, 0x07), BYTES(JUMP(UMVMM_GATE_SYSRETQ))),
	GATED("lretq", LRET, BYTES(0x48, 0xcb), BYTES(JUMP(UMVMM_GATE_LRETQ))),
	GATED("wrmsr", WRMSR, BYTES(0x0f, 0x30), BYTES(CALL(UMVMM_GATE_WRMSR))),
	GATED("rdmsr", RDMSR, BYTES(0x0f, 0x32), BYTES(CALL(UMVMM_GATE_RDMSR))),
	GATED("cpuid", CPUID, BYTES(0x0f, 0xa2), BYTES(CALL(UMVMM_GATE_CPUID))),
	GATED("rdpmc", RDPMC, BYTES(0x0f, 0x33), BYTES(CALL(UMVMM_GATE_RDPMC))),
	GATED("xgetbv", XGETBV, BYTES(0x0f, 0x01, 0xd0), BYTES(CALL(UMVMM_GATE_XGETBV))),
	GATED("xsetbv", XSETBV, BYTES(0x0f, 0x01, 0xd1), BYTES(CALL(UMVMM_GATE_XSETBV))),
	GATED("wbinvd", WBINVD, BYTES(0x0f, 0x09), BYTES(CALL(UMVMM_GATE_WBINVD))),
	GATED("clts", CLTS, BYTES(0x0f, 0x06), BYTES(CALL(UMVMM_GATE_CLTS))),
	GATED("in %dx,%al", IN, BYTES(0xec), BYTES(CALL(UMVMM_GATE_IN8))),
	GATED("in %dx,%ax", IN, BYTES(0x66, 0xed), BYTES(CALL(UMVMM_GATE_IN16))),
	GATED("in %dx,%eax", IN, BYTES(0xed), BYTES(CALL(UMVMM_GATE_IN32))),
	GATED("out %al,%dx", OUT, BYTES(0xee), BYTES(CALL(UMVMM_GATE_OUT8))),
	GATED("out %ax,%dx", OUT, BYTES(0x66, 0xef), BYTES(CALL(UMVMM_GATE_OUT16))),
	GATED("out %eax,%dx", OUT, BYTES(0xef), BYTES(CALL(UMVMM_GATE_OUT32))),
	GATED("mov %cr3,%rdi", RDCR, BYTES(0x0f, 0x20, 0xdf), BYTES(CALL(UMVMM_GATE_RDCR + 3 * 16 + 7))),
	GATED("mov %r15,%cr8", WRCR, BYTES(0x45, 0x0f, 0x22, 0xc7),
	      BYTES(CALL(UMVMM_GATE_WRCR + 8 * 16 + 15))),
	TRAPS("mov %rsp,%cr3", WRCR, 7, BYTES(0x0f, 0x22, 0xdc)),
	TRAPS("cli, short", CLI, 7, BYTES(0xfa)),
	TRAPS("swapgs, short", SWAPGS, 16, BYTES(0x0f, 0x01, 0xf8)),
	TRAPS("iretl", IRET, 7, BYTES(0xcf)),
	TRAPS("sysretl", SYSRET, 7, BYTES(0x0f, 0x07)),
	TRAPS("lretq $8", LRET, 7, BYTES(0x48, 0xca, 8, 0)),
	TRAPS("pushfw", PUSHF, 7, BYTES(0x66, 0x9c)),
	TRAPS("in $0x80,%al", IN, 7, BYTES(0xe4, 0x80)),
	TRAPS("rep insb", INS, 16, BYTES(0xf3, 0x6c)),
	TRAPS("rep outsl", OUTS, 16, BYTES(0xf3, 0x6f)),
	TRAPS("lgdt disp(%rip)", LGDT, 16, BYTES(0x0f, 0x01, 0x15, 0x44, 0x33, 0x22, 0x11)),
	TRAPS("lidt (%rax)", LIDT, 16, BYTES(0x0f, 0x01, 0x18)),
	TRAPS("sgdt (%rax)", SGDT, 16, BYTES(0x0f, 0x01, 0x00)),
	TRAPS("sidt (%rax)", SIDT, 16, BYTES(0x0f, 0x01, 0x08)),
	TRAPS("lldt %ax", LLDT, 16, BYTES(0x0f, 0x00, 0xd0)),
	TRAPS("ltr %ax", LTR, 16, BYTES(0x0f, 0x00, 0xd8)),
	TRAPS("sldt %eax", SLDT, 16, BYTES(0x0f, 0x00, 0xc0)),
	TRAPS("str %eax", STR, 16, BYTES(0x0f, 0x00, 0xc8)),
	TRAPS("lsl %ax,%eax", LSL, 16, BYTES(0x0f, 0x03, 0xc0)),
	TRAPS("lar %cx,%ecx", LAR, 16, BYTES(0x0f, 0x02, 0xc9)),
	{ "invlpg (%rax)", BYTES(0x0f, 0x01, 0x38), 16, NULL, 0,
	  BYTES(CALL(UMVMM_GATE_INVLPG + 0)), SENS_INVLPG },
	{ "invlpg (%r9)", BYTES(0x41, 0x0f, 0x01, 0x39), 16, NULL, 0,
	  BYTES(CALL(UMVMM_GATE_INVLPG + 9)), SENS_INVLPG },
	TRAPS("invlpg (%rsp)", INVLPG, 16, BYTES(0x0f, 0x01, 0x3c, 0x24)),
	TRAPS("invlpg 8(%rax)", INVLPG, 16, BYTES(0x0f, 0x01, 0x78, 8)),
	TRAPS("invpcid", INVPCID, 16,
	      BYTES(0x66, 0x42, 0x0f, 0x38, 0x82, 0x94, 0x80, 0, 0x10, 0, 0)),
	TRAPS("mov %rax,%dr7", WRDR, 16, BYTES(0x0f, 0x23, 0xf8)),
	TRAPS("mov %dr6,%rax", RDDR, 16, BYTES(0x0f, 0x21, 0xf0)),
	{ "mov %cs,%eax", BYTES(0x8c, 0xc8), 16, NULL, 0,
	  BYTES(0x90, 0x40, 0x8b, 0x04, 0x25, VCPU(CS)), SENS_RDSEG },
	{ "mov %ss,%r12d", BYTES(0x41, 0x8c, 0xd4), 16, NULL, 0,
	  BYTES(0x90, 0x44, 0x8b, 0x24, 0x25, VCPU(SS)), SENS_RDSEG },
	{ "mov %ss,%ax", BYTES(0x66, 0x8c, 0xd0), 16, NULL, 0,
	  BYTES(0x66, 0x40, 0x8b, 0x04, 0x25, VCPU(SS)), SENS_RDSEG },
	{ "mov %eax,%fs", BYTES(0x8e, 0xe0), 7, NULL, 0, BYTES(0x8e, 0xe0), SENS_WRSEG },
	{ "mov %r9d,%gs", BYTES(0x41, 0x8e, 0xe9), 7, NULL, 0, BYTES(0x41, 0x8e, 0xe9), SENS_WRSEG },
	{ "mov %gs,%eax", BYTES(0x8c, 0xe8), 16, NULL, 0, BYTES(0x8c, 0xe8), SENS_RDSEG },
	{ "mov %gs,(%rax)", BYTES(0x8c, 0x28), 16, NULL, 0, BYTES(0x8c, 0x28), SENS_RDSEG },
	{ "mov (%rax),%gs", BYTES(0x8e, 0x28), 16, NULL, 0, BYTES(0x8e, 0x28), SENS_WRSEG },
	TRAPS("mov %cs,(%rax)", RDSEG, 16, BYTES(0x8c, 0x08)),
	TRAPS("rdpid %rax", RDPID, 16, BYTES(0xf3, 0x0f, 0xc7, 0xf8)),
	TRAPS("xsaves64 (%rdi)", XSAVES, 16, BYTES(0x48, 0x0f, 0xc7, 0x2f)),
	TRAPS("xrstors64 (%rdi)", XRSTORS, 16, BYTES(0x48, 0x0f, 0xc7, 0x1f)),
};

/* The wrapper's padding, as in guest-arch/afterburn/as/preamble.c. */
static void pad(uint8_t *p, size_t n)
{
	static const uint8_t nop8[] = { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };

	for (; n >= 8; n -= 8, p += 8)
		memcpy(p, nop8, 8);
	if (n & 4) {
		memcpy(p, (uint8_t[]){ 0x0f, 0x1f, 0x40, 0 }, 4);
		p += 4;
	}
	if ((n & 3) == 3)
		memcpy(p, (uint8_t[]){ 0x0f, 0x1f, 0 }, 3);
	else if ((n & 3) == 2)
		memcpy(p, (uint8_t[]){ 0x66, 0x90 }, 2);
	else if (n & 1)
		*p = 0x90;
}

static void make(uint8_t *text, const struct form *f)
{
	memset(text, 0xcc, 256);
	memcpy(text, f->insn, f->insn_len);
	pad(text + f->insn_len, f->site_len - f->insn_len);
}

static int rewrite(uint8_t *text, const struct form *f, enum rewrite_mode mode)
{
	struct rewrite_site site = {
		.text = text,
		.len = f->site_len,
		.after = f->after,
		.after_len = f->after_len,
	};

	return rewrite_site(&site, mode);
}

/* From offset to the end of the site there must be whole instructions, all nops if asked. */
static void whole_instructions(const struct form *f, const uint8_t *text, size_t offset, bool nops)
{
	ZydisDecoder decoder;
	ZydisDecodedInstruction insn;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	while (offset < f->site_len) {
		ck_assert_msg(ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
				      &decoder, NULL, text + offset, f->site_len - offset, &insn)),
			      "%s: broken at %zu", f->name, offset);
		ck_assert_msg(!nops || insn.mnemonic == ZYDIS_MNEMONIC_NOP ||
				      (insn.mnemonic == ZYDIS_MNEMONIC_XCHG),
			      "%s: no nop at %zu", f->name, offset);
		offset += insn.length;
	}
	ck_assert_msg(text[f->site_len] == 0xcc, "%s: wrote beyond the site", f->name);
}

static void is_trapping(const struct form *f, const uint8_t *text)
{
	size_t nops = 0, end = f->insn_len;

	while (nops < f->insn_len && sens_nop_length(f->insn + nops, f->insn_len - nops))
		nops += sens_nop_length(f->insn + nops, f->insn_len - nops);
	ck_assert_msg(text[0] == UMVMM_TRAP_OPCODE0 && text[1] == UMVMM_TRAP_OPCODE1, "%s", f->name);
	ck_assert_msg(text[2] == f->site_len, "%s", f->name);
	ck_assert_msg(!memcmp(text + UMVMM_TRAP_HEADER, f->insn + nops, end - nops), "%s", f->name);
	whole_instructions(f, text, UMVMM_TRAP_HEADER + end - nops, true);
}

START_TEST(trapping_forms)
{
	const struct form *f = &forms[_i];
	uint8_t text[256];

	make(text, f);
	ck_assert_msg(rewrite(text, f, REWRITE_TRAP) == (int)f->kind, "%s", f->name);
	is_trapping(f, text);
}
END_TEST

START_TEST(afterburnt_forms)
{
	const struct form *f = &forms[_i];
	uint8_t text[256];

	make(text, f);
	ck_assert_msg(rewrite(text, f, REWRITE_AFTERBURN) == (int)f->kind, "%s", f->name);
	if (!f->expected) {
		is_trapping(f, text);
		return;
	}
	ck_assert_msg(!memcmp(text, f->expected, f->expected_len), "%s", f->name);
	whole_instructions(f, text, 0, false);
	whole_instructions(f, text, f->expected_len, true);
}
END_TEST

/* Those that are others where the host has no FSGSBASE. */
static const struct form forms_by_call[] = {
	{ "swapgs", BYTES(0x0f, 0x01, 0xf8), 58, NULL, 0,
	  BYTES(0x48, 0x87, 0x04, 0x25, VCPU(KGS), 0x48, 0x87, 0x04, 0x25, VCPU(GS_BASE), 0x48,
		0x87, 0x04, 0x25, VCPU(KGS)), SENS_SWAPGS },
	GATED("mov %eax,%fs", WRSEG, BYTES(0x8e, 0xe0), BYTES(CALL(UMVMM_GATE_WRFS))),
	GATED("mov %r9d,%gs", WRSEG, BYTES(0x41, 0x8e, 0xe9), BYTES(CALL(UMVMM_GATE_WRGS + 9))),
	TRAPS("mov (%rax),%gs", WRSEG, 16, BYTES(0x8e, 0x28)),
	{ "mov %gs,%eax", BYTES(0x8c, 0xe8), 16, NULL, 0,
	  BYTES(0x90, 0x40, 0x8b, 0x04, 0x25, VCPU(GS_SEL)), SENS_RDSEG },
	TRAPS("mov %gs,(%rax)", RDSEG, 16, BYTES(0x8c, 0x28)),
};

START_TEST(forms_without_fsgsbase)
{
	const struct form *f = &forms[_i];
	uint8_t text[256];

	for (size_t i = 0; i < sizeof(forms_by_call) / sizeof(forms_by_call[0]); i++)
		if (!strcmp(f->name, forms_by_call[i].name))
			f = &forms_by_call[i];
	make(text, f);
	ck_assert_msg(rewrite(text, f, REWRITE_AFTERBURN_NO_FSGSBASE) == (int)f->kind, "%s", f->name);
	if (!f->expected) {
		is_trapping(f, text);
		return;
	}
	ck_assert_msg(!memcmp(text, f->expected, f->expected_len), "%s", f->name);
	whole_instructions(f, text, f->expected_len, true);
}
END_TEST

START_TEST(bad_sites)
{
	const struct {
		const uint8_t *bytes;
		size_t len;
		int error;
	} bad[] = {
		{ BYTES(0x90, 0x90, 0x90), REWRITE_E_DECODE },		   /* nops only */
		{ BYTES(0x48, 0x89, 0xc3, 0x90, 0x90, 0x90, 0x90), REWRITE_E_DECODE }, /* mov */
		{ BYTES(0xc3, 0x90, 0x90, 0x90, 0x90), REWRITE_E_DECODE }, /* ret */
		{ BYTES(0x0f), REWRITE_E_DECODE },			   /* cut off */
		{ BYTES(0xfa, 0xfb, 0x90, 0x90, 0x90, 0x90, 0x90), REWRITE_E_PADDING },
		{ BYTES(0xfa, 0x90, 0x90, 0x0f, 0x1f), REWRITE_E_PADDING }, /* half a nop */
		{ BYTES(0xfa, 0x90, 0x90), REWRITE_E_SHORT },
		{ BYTES(0x3e, 0xe4, 0x07, 0x0f, 0x30, 0x66, 0x90), REWRITE_E_PADDING }, /* twice */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (int mode = REWRITE_TRAP; mode <= REWRITE_AFTERBURN_NO_FSGSBASE; mode++) {
			uint8_t text[64];
			struct rewrite_site site = { .text = text, .len = bad[i].len };

			memcpy(text, bad[i].bytes, bad[i].len);
			ck_assert_msg(rewrite_site(&site, mode) == bad[i].error, "row %zu", i);
			ck_assert(!memcmp(text, bad[i].bytes, bad[i].len));
		}
}
END_TEST

/* A small guest: text with a few sites, and its note. */
#define TEXT_VADDR 0x41000000ull
#define NOTE_VADDR 0x41c00000ull

struct guest {
	uint8_t text[512];
	uint8_t note[512];
	size_t note_len;
	uint64_t skip_start, skip_end;
};

/* The low 32 bits: a relative address. */
static void put32(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = v >> (8 * i);
}

static void note_open(struct guest *g)
{
	memset(g, 0, sizeof(*g));
	memset(g->text, 0xcc, sizeof(g->text));
	put32(g->note, sizeof(UMVMM_NOTE_NAME));
	put32(g->note + 8, UMVMM_NOTE_SITES);
	memcpy(g->note + 12, UMVMM_NOTE_NAME, sizeof(UMVMM_NOTE_NAME));
	g->note_len = 20;
}

static void note_site_raw(struct guest *g, uint64_t vaddr, uint8_t len)
{
	put32(g->note + g->note_len, vaddr - (NOTE_VADDR + g->note_len));
	g->note[g->note_len + 4] = len;
	g->note_len += 8;
	put32(g->note + 4, g->note_len - 20);
}

static void add(struct guest *g, size_t offset, const uint8_t *insn, size_t n, size_t len)
{
	memcpy(g->text + offset, insn, n);
	pad(g->text + offset + n, len - n);
	note_site_raw(g, TEXT_VADDR + offset, len);
}

static void *map(void *ctx, uint64_t vaddr, size_t len)
{
	struct guest *g = ctx;

	if (vaddr < TEXT_VADDR || vaddr - TEXT_VADDR > sizeof(g->text) ||
	    len > sizeof(g->text) - (vaddr - TEXT_VADDR))
		return NULL;
	return g->text + (vaddr - TEXT_VADDR);
}

static int skip(void *ctx, uint64_t vaddr, size_t len)
{
	struct guest *g = ctx;

	return vaddr < g->skip_end && vaddr + len > g->skip_start;
}

static int run(struct guest *g, enum rewrite_mode mode, struct rewrite_stats *stats)
{
	const struct rewrite_target target = { .map = map, .skip = skip, .ctx = g, .mode = mode };

	memset(stats, 0, sizeof(*stats));
	return rewrite_note(g->note, g->note_len, NOTE_VADDR, &target, stats);
}

static const uint8_t padded_sti[] = { 0x0f, 0x1f, 0x40, 0, 0x66, 0x90, 0xfb };

START_TEST(sti_hlt_is_one_gate)
{
	static const uint8_t gate[] = { CALL(UMVMM_GATE_STI_HLT) };
	static const uint8_t nop[] = { 0x0f, 0x1f, 0x80, 0, 0, 0, 0 };
	static const uint8_t alone[] = { CALL(UMVMM_GATE_HLT) };
	struct rewrite_stats stats;
	struct guest g;

	note_open(&g);
	add(&g, 0, padded_sti, 7, 7);
	add(&g, 7, BYTES(0xf4), 7);
	add(&g, 14, BYTES(0xf4), 7);
	ck_assert_int_eq(run(&g, REWRITE_AFTERBURN, &stats), 0);
	ck_assert_uint_eq(stats.sti_hlt, 1);
	ck_assert_uint_eq(stats.sites, 3);
	ck_assert_uint_eq(stats.notes, 1);
	ck_assert(!memcmp(g.text, nop, 7));
	ck_assert(!memcmp(g.text + 7, gate, 7));
	ck_assert(!memcmp(g.text + 14, alone, 7));

	/* Both trap in trap mode. */
	note_open(&g);
	add(&g, 0, padded_sti, 7, 7);
	add(&g, 7, BYTES(0xf4), 7);
	ck_assert_int_eq(run(&g, REWRITE_TRAP, &stats), 0);
	ck_assert_uint_eq(stats.trapping, 2);
	ck_assert(!memcmp(g.text, (uint8_t[]){ 0x3e, 0xe4, 7, 0xfb }, 4));
	ck_assert(!memcmp(g.text + 7, (uint8_t[]){ 0x3e, 0xe4, 7, 0xf4 }, 4));

	/* Not adjacent: two gates. */
	note_open(&g);
	add(&g, 0, padded_sti, 7, 7);
	add(&g, 8, BYTES(0xf4), 7);
	ck_assert_int_eq(run(&g, REWRITE_AFTERBURN, &stats), 0);
	ck_assert_uint_eq(stats.sti_hlt, 0);
	ck_assert(!memcmp(g.text, (uint8_t[]){ CALL(UMVMM_GATE_STI) }, 7));
}
END_TEST

START_TEST(notes_of_others_are_passed_by)
{
	static const uint8_t other[] = { 4, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0,
					 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0 };
	struct rewrite_stats stats;
	struct guest g;
	uint8_t ours[512];
	size_t len;

	note_open(&g);
	add(&g, 0, BYTES(0xfa), 12);
	/* The address is relative to its field, which moves up. */
	put32(g.note + 20, TEXT_VADDR - (NOTE_VADDR + 20 + sizeof(other)));
	len = g.note_len;
	memcpy(ours, g.note, len);
	memcpy(g.note, other, sizeof(other));
	memcpy(g.note + sizeof(other), ours, len);
	g.note_len = sizeof(other) + len;
	ck_assert_int_eq(run(&g, REWRITE_AFTERBURN, &stats), 0);
	ck_assert_uint_eq(stats.sites, 1);
	ck_assert_uint_eq(stats.kind[SENS_CLI], 1);
}
END_TEST

START_TEST(skipped_sites_stay)
{
	struct rewrite_stats stats;
	struct guest g;

	note_open(&g);
	add(&g, 0, BYTES(0xfa), 12);
	add(&g, 100, BYTES(0xfa), 12);
	g.skip_start = TEXT_VADDR + 90;
	g.skip_end = TEXT_VADDR + 120;
	ck_assert_int_eq(run(&g, REWRITE_AFTERBURN, &stats), 0);
	ck_assert_uint_eq(stats.skipped, 1);
	ck_assert_uint_eq(g.text[0], 0x48);
	ck_assert_uint_eq(g.text[100], 0xfa);
}
END_TEST

START_TEST(hostile_notes)
{
	struct rewrite_stats stats;
	struct guest g;

#define FRESH()                                                                                  \
	do {                                                                                     \
		note_open(&g);                                                                   \
		add(&g, 0, BYTES(0xfa), 12);                                                     \
	} while (0)
#define REFUSED(error) ck_assert_int_eq(run(&g, REWRITE_TRAP, &stats), REWRITE_E_##error)

	FRESH();
	put32(g.note, 0xffffffff); /* name size */
	REFUSED(NOTE);
	FRESH();
	put32(g.note, 0xfffffffd); /* wraps when aligned */
	REFUSED(NOTE);
	FRESH();
	put32(g.note + 4, 0xffffffff); /* descriptor size */
	REFUSED(NOTE);
	FRESH();
	put32(g.note + 4, 7);
	REFUSED(NOTE);
	FRESH();
	put32(g.note + 8, 99); /* type */
	REFUSED(NOTE);
	FRESH();
	g.note_len = 27; /* cut off */
	REFUSED(NOTE);
	FRESH();
	g.note[24] = 0; /* site length */
	REFUSED(NOTE);
	FRESH();
	g.note[25] = 1; /* flags */
	REFUSED(NOTE);
	FRESH();
	note_site_raw(&g, TEXT_VADDR - 12, 12);
	REFUSED(RANGE);
	FRESH();
	note_site_raw(&g, TEXT_VADDR + sizeof(g.text) - 4, 12);
	REFUSED(RANGE);
	FRESH();
	note_site_raw(&g, TEXT_VADDR, 12); /* twice */
	REFUSED(OVERLAP);
	FRESH();
	note_site_raw(&g, TEXT_VADDR + 11, 12);
	REFUSED(OVERLAP);
	FRESH();
	note_site_raw(&g, TEXT_VADDR + 3, 4); /* the original in a trapping form */
	REFUSED(OVERLAP);
	ck_assert_uint_eq(stats.bad_site, TEXT_VADDR + 3);
	FRESH();
	note_site_raw(&g, TEXT_VADDR + 40, 12); /* int3 bytes: sensitive, but not alone */
	REFUSED(PADDING);
}
END_TEST

START_TEST(an_empty_note_is_fine)
{
	struct rewrite_stats stats;
	struct guest g;

	note_open(&g);
	ck_assert_int_eq(run(&g, REWRITE_TRAP, &stats), 0);
	ck_assert_uint_eq(stats.notes, 1);
	ck_assert_uint_eq(stats.sites, 0);
	g.note_len = 0;
	ck_assert_int_eq(run(&g, REWRITE_TRAP, &stats), 0);
	ck_assert_uint_eq(stats.notes, 0);
}
END_TEST

START_TEST(random_notes_stay_within_text)
{
	struct {
		uint8_t before[64];
		struct guest g;
		uint8_t behind[64];
	} s;
	struct rewrite_stats stats;

	srandom(2);
	for (int round = 0; round < 200000; round++) {
		uint8_t guard[64];

		memset(&s, 0xa5, sizeof(s));
		memset(guard, 0xa5, sizeof(guard));
		note_open(&s.g);
		for (int i = 0; i < 8; i++)
			add(&s.g, 40 * i, BYTES(0x0f, 0x30), 7);
		for (int k = random() % 4; k >= 0; k--)
			s.g.note[random() % s.g.note_len] = random() >> 5;
		if (random() & 1)
			s.g.note_len = random() % (s.g.note_len + 1);
		if (run(&s.g, round & 1 ? REWRITE_TRAP : REWRITE_AFTERBURN, &stats) == 0)
			ck_assert(stats.sites <= 8);
		ck_assert(!memcmp(s.before, guard, sizeof(guard)));
		ck_assert(!memcmp(s.behind, guard, sizeof(guard)));
		/* What lies between the sites is untouched. */
		for (int i = 0; i < 8; i++)
			ck_assert_uint_eq(s.g.text[40 * i + 20], 0xcc);
	}
}
END_TEST

/* A whole ELF file: header, three sections (null, notes, names), data. */
struct file {
	Elf64_Ehdr eh;
	Elf64_Shdr sh[4];
	uint8_t note[64];
	char names[64];
};

static void make_file(struct file *f, struct guest *g)
{
	static const char names[] = "\0.notes\0.altinstr_replacement\0.shstrtab";

	memset(f, 0, sizeof(*f));
	memcpy(f->eh.e_ident, ELFMAG, SELFMAG);
	f->eh.e_ident[EI_CLASS] = ELFCLASS64;
	f->eh.e_ident[EI_DATA] = ELFDATA2LSB;
	f->eh.e_machine = EM_X86_64;
	f->eh.e_shoff = offsetof(struct file, sh);
	f->eh.e_shentsize = sizeof(Elf64_Shdr);
	f->eh.e_shnum = 4;
	f->eh.e_shstrndx = 3;
	f->sh[1] = (Elf64_Shdr){ .sh_name = 1, .sh_type = SHT_NOTE, .sh_flags = SHF_ALLOC,
				 .sh_addr = NOTE_VADDR, .sh_offset = offsetof(struct file, note),
				 .sh_size = g->note_len };
	f->sh[2] = (Elf64_Shdr){ .sh_name = 8, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC,
				 .sh_addr = TEXT_VADDR + 100, .sh_size = 100 };
	f->sh[3] = (Elf64_Shdr){ .sh_name = 30, .sh_type = SHT_STRTAB,
				 .sh_offset = offsetof(struct file, names),
				 .sh_size = sizeof(names) };
	memcpy(f->note, g->note, g->note_len);
	memcpy(f->names, names, sizeof(names));
}

static int run_file(const struct file *f, size_t size, struct guest *g)
{
	struct rewrite_stats stats;
	char message[128] = "";
	int error = sites_rewrite(f, size, map, g, REWRITE_AFTERBURN, &stats, message,
				  sizeof(message));

	ck_assert(!error == !message[0]);
	return error;
}

START_TEST(whole_files)
{
	struct guest fresh, g;
	struct file good, f;

	note_open(&fresh);
	add(&fresh, 0, BYTES(0xfa), 12);
	add(&fresh, 120, BYTES(0x0f, 0x30), 7); /* in .altinstr_replacement */
	make_file(&good, &fresh);

	g = fresh;
	ck_assert_int_eq(run_file(&good, sizeof(good), &g), 0);
	ck_assert_uint_eq(g.text[0], 0x48);
	ck_assert_uint_eq(g.text[120], 0x0f);
	ck_assert_uint_eq(g.text[121], 0x30);

	f = good;
	f.sh[1].sh_type = SHT_PROGBITS;
	ck_assert_int_eq(run_file(&f, sizeof(f), &g), REWRITE_E_MISSING);
	f = good;
	put32(f.note + 28, TEXT_VADDR + 5 - (NOTE_VADDR + 28));
	ck_assert_int_eq(run_file(&f, sizeof(f), &g), REWRITE_E_OVERLAP);
	for (size_t cut = 0; cut < offsetof(struct file, names); cut++)
		ck_assert_int_ne(run_file(&good, cut, &g), 0);

	srandom(3);
	for (int round = 0; round < 200000; round++) {
		f = good;
		g = fresh;
		for (int k = random() % 4; k >= 0; k--)
			((uint8_t *)&f)[random() % sizeof(f)] = random() >> 5;
		(void)run_file(&f, sizeof(f), &g);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("rewrite");
	int count = sizeof(forms) / sizeof(forms[0]);

	tcase_add_loop_test(tc, trapping_forms, 0, count);
	tcase_add_loop_test(tc, afterburnt_forms, 0, count);
	tcase_add_loop_test(tc, forms_without_fsgsbase, 0, count);
	tcase_add_test(tc, bad_sites);
	tcase_add_test(tc, sti_hlt_is_one_gate);
	tcase_add_test(tc, notes_of_others_are_passed_by);
	tcase_add_test(tc, skipped_sites_stay);
	tcase_add_test(tc, hostile_notes);
	tcase_add_test(tc, an_empty_note_is_fine);
	tcase_add_test(tc, random_notes_stay_within_text);
	tcase_add_test(tc, whole_files);
	return unit_run(tc);
}
