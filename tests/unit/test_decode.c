// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_decode.c - sens_decode() against Zydis.
 *
 * Runs: on the build machine.
 * Links: guest-arch/afterburn/sens.c, -lcheck -lZydis (and what Check needs).
 *
 * The samples are assembled by the plain assembler into this program's
 * read-only data; every one of them is decoded by both, and every field that
 * both know is compared. Then random bytes behind every opcode of interest.
 */
#include <Zydis/Zydis.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../guest-arch/afterburn/sens.h"

#include "unit.h"

__asm__(".pushsection .rodata\n"
	"samples:\n"
	/* no operands */
	"cli; sti; hlt; pushfq; popfq; pushfw; popfw; iretq; iretl; iretw\n"
	"sysretq; sysretl; sysexitl; sysexitq; lretq; lretl; lretw; lretq $16; lretl $0x8000\n"
	"syscall; sysenter; int $0x80; int1; int3; ud2; swapgs; wrmsr; rdmsr; cpuid; rdpmc\n"
	"rdtsc; rdtscp; xgetbv; xsetbv; rdpkru; wrpkru; stac; clac; monitor; mwait\n"
	"invd; wbinvd; wbnoinvd; clts\n"
	"lcall *8(%rax); ljmp *(%r12); rex.W ljmp *foo(%rip); .set foo, 0x1234\n"
	/* every register */
	".irp r, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15\n"
	".irp c, cr0, cr2, cr3, cr4, cr8, db0, db1, db2, db3, db6, db7\n"
	"mov %\\c, %\\r; mov %\\r, %\\c\n"
	".endr\n"
	".irp s, cs, ss, ds, es, fs, gs\n"
	"mov %\\s, %\\r\n"
	".endr\n"
	"mov %\\r, %ss; mov %\\r, %fs; mov %\\r, %gs\n"
	"rdfsbase %\\r; rdgsbase %\\r; wrfsbase %\\r; wrgsbase %\\r; rdpid %\\r\n"
	"smsw %\\r; sldt %\\r; str %\\r\n"
	"lar %\\r, %r9; lsl %r10, %\\r\n"
	"invpcid (%rax), %\\r; invpcid 0x40(%r9,%r10,8), %\\r\n"
	"mov %\\r, 8(%rdi); mov 8(%rdi), %\\r; movzbl 8(%rdi), %eax; movslq (%rsi), %\\r\n"
	"add %\\r, (%r11); xchg %\\r, (%rcx); cmp (%rdx), %\\r; bts %\\r, (%rax)\n"
	"mov %eax, (%\\r); mov %eax, 0x10(%\\r); mov %eax, 0x12345678(%\\r)\n"
	"mov %gs:-8(%\\r,%rax,2), %ecx\n"
	".ifnc \\r, rsp\n"
	"mov %al, (%rax,%\\r,1); mov %ax, 1(%rsp,%\\r,2); mov %rax, 0x100(,%\\r,8)\n"
	".endif\n"
	".endr\n"
	".irp r, eax, ecx, r8d, r15d\n"
	"smsw %\\r; sldt %\\r; str %\\r; lar %\\r, %ebx; lsl %\\r, %esi; mov %cs, %\\r\n"
	"rdfsbase %\\r; wrgsbase %\\r\n"
	"mov %\\r, (%rdi); movsbl (%rdi), %\\r; movzwl 3(%rdi), %\\r; movnti %\\r, (%rax)\n"
	".endr\n"
	".irp r, al, ah, bl, bh, spl, dil, r9b\n"
	"mov %\\r, (%rsi); mov (%rsi), %\\r; xor %\\r, (%rsi); test %\\r, (%rsi); xchg %\\r, (%rsi)\n"
	"movzbl %\\r, %edx; and (%rsi), %\\r; cmpxchg %\\r, (%rsi); xadd %\\r, (%rsi)\n"
	".endr\n"
	/* every kind of memory operand */
	".irp m, (%rax), (%rsp), (%rbp), (%r12), (%r13), -1(%rsp), foo(%rip), 0x7bc00000, "
	"%gs:0x10, %fs:8(%rbx), %ss:(%rax), 0x11223344(%r13), (%eax), 4(%r8d)\n"
	"lgdt \\m; lidt \\m; sgdt \\m; sidt \\m; lldt \\m; ltr \\m; sldt \\m; str \\m\n"
	"smsw \\m; lmsw \\m; verr \\m; verw \\m; lar \\m, %eax; lsl \\m, %ecx; invlpg \\m\n"
	"xsaves \\m; xsaves64 \\m; xrstors \\m; xrstors64 \\m; mov %cs, \\m; mov \\m, %ds\n"
	"lfs \\m, %eax; lgs \\m, %ecx; lss \\m, %edx\n"
	"movb $0x80, \\m; movw $0x8000, \\m; movl $0x80000000, \\m; movq $-2, \\m\n"
	"andb $0x0f, \\m; orl $0x12345, \\m; subq $-1, \\m; adcw $0x1234, \\m; sbbl $1, \\m\n"
	"testb $1, \\m; testl $0x10000, \\m; testw $0x100, \\m; notl \\m; negb \\m; incl \\m\n"
	"decq \\m; btl $3, \\m; btsq $60, \\m; btrl $1, \\m; btcw $15, \\m; bt %eax, \\m\n"
	"lock orl $1, \\m; lock cmpxchg %rcx, \\m; lock xadd %eax, \\m\n"
	".endr\n"
	"verr %ax; verw %cx; lldt %r8w; ltr %dx; lmsw %bx\n"
	"push %fs; push %gs; pop %fs; pop %gs\n"
	/* ports */
	"in $0x80, %al; in $0xff, %ax; in $0x10, %eax; in %dx, %al; in %dx, %ax; in %dx, %eax\n"
	"out %al, $0x80; out %ax, $0xff; out %eax, $1; out %al, %dx; out %ax, %dx; out %eax, %dx\n"
	"insb; insw; insl; outsb; outsw; outsl; rep insb; rep insw; rep insl; rep outsb\n"
	"rep outsw; rep outsl; addr32 insb\n"
	/* strings and absolute addresses */
	"stosb; stosw; stosl; stosq; rep stosb; rep stosq; movsb; movsw; movsl; movsq\n"
	"rep movsb; rep movsq; lodsb; lodsw; lodsl; lodsq\n"
	"movabs 0x1122334455667788, %al; movabs 0x1122334455667788, %ax\n"
	"movabs 0x1122334455667788, %eax; movabs %rax, 0xffffffff80000000; movabs %al, 0x10\n"
	"samples_end:\n"
	".popsection\n");

extern const uint8_t samples[], samples_end[];

static const struct {
	ZydisMnemonic mnemonic;
	enum sens_kind kind;
} kinds[] = {
#define K(m, k) { ZYDIS_MNEMONIC_##m, SENS_##k }
	K(CLI, CLI), K(STI, STI), K(HLT, HLT), K(PUSHF, PUSHF), K(PUSHFQ, PUSHF), K(POPF, POPF),
	K(POPFQ, POPF), K(IRET, IRET), K(IRETD, IRET), K(IRETQ, IRET), K(SYSRET, SYSRET),
	K(SYSEXIT, SYSEXIT), K(RET, LRET), K(CALL, FARCALL), K(JMP, FARJMP),
	K(SYSCALL, SYSCALL), K(SYSENTER, SYSENTER), K(INT, INT), K(INT1, INT1), K(INT3, INT3),
	K(UD2, UD2), K(SWAPGS, SWAPGS), K(WRMSR, WRMSR), K(RDMSR, RDMSR), K(CPUID, CPUID),
	K(RDPMC, RDPMC), K(RDTSC, RDTSC), K(RDTSCP, RDTSCP), K(RDPID, RDPID),
	K(XGETBV, XGETBV), K(XSETBV, XSETBV), K(XSAVES, XSAVES), K(XSAVES64, XSAVES),
	K(XRSTORS, XRSTORS), K(XRSTORS64, XRSTORS), K(RDPKRU, RDPKRU), K(WRPKRU, WRPKRU),
	K(RDFSBASE, RDFSBASE), K(RDGSBASE, RDGSBASE), K(WRFSBASE, WRFSBASE),
	K(WRGSBASE, WRGSBASE), K(STAC, STAC), K(CLAC, CLAC), K(MONITOR, MONITOR),
	K(MWAIT, MWAIT), K(INVD, INVD), K(WBINVD, WBINVD), K(WBINVD, WBNOINVD),
	K(INVLPG, INVLPG), K(INVPCID, INVPCID), K(CLTS, CLTS), K(LMSW, LMSW), K(SMSW, SMSW),
	K(LGDT, LGDT), K(LIDT, LIDT), K(SGDT, SGDT), K(SIDT, SIDT), K(LLDT, LLDT), K(LTR, LTR),
	K(SLDT, SLDT), K(STR, STR), K(LAR, LAR), K(LSL, LSL), K(VERR, VERR), K(VERW, VERW),
	K(MOV, RDCR), K(MOV, WRCR), K(MOV, RDDR), K(MOV, WRDR), K(MOV, RDSEG), K(MOV, WRSEG),
	K(PUSH, PUSHSEG), K(POP, POPSEG), K(LFS, LOADFAR), K(LGS, LOADFAR), K(LSS, LOADFAR),
	K(IN, IN), K(OUT, OUT), K(INSB, INS), K(INSW, INS), K(INSD, INS), K(OUTSB, OUTS),
	K(OUTSW, OUTS), K(OUTSD, OUTS), K(MOV, LOAD), K(MOV, STORE), K(MOVNTI, STORE),
	K(MOVZX, MOVZX), K(MOVSX, MOVSX), K(MOVSXD, MOVSX), K(STOSB, STOS), K(STOSW, STOS),
	K(STOSD, STOS), K(STOSQ, STOS), K(MOVSB, MOVS), K(MOVSW, MOVS), K(MOVSD, MOVS),
	K(MOVSQ, MOVS), K(LODSB, LODS), K(LODSW, LODS), K(LODSD, LODS), K(LODSQ, LODS),
	K(ADD, ADD), K(OR, OR), K(ADC, ADC), K(SBB, SBB), K(AND, AND), K(SUB, SUB),
	K(XOR, XOR), K(CMP, CMP), K(TEST, TEST), K(XCHG, XCHG), K(CMPXCHG, CMPXCHG),
	K(XADD, XADD), K(NOT, NOT), K(NEG, NEG), K(INC, INC), K(DEC, DEC), K(BT, BT),
	K(BTS, BTS), K(BTR, BTR), K(BTC, BTC),
#undef K
};

static ZydisDecoder decoder;
static char where[160];

struct reference {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
};

static bool zydis(const uint8_t *p, size_t n, struct reference *ref)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, p, n, &ref->insn, ref->op));
}

/* For messages: the bytes and Zydis' text. */
static void describe(const uint8_t *p, const struct reference *ref)
{
	ZydisFormatter formatter;
	int n = 0;

	for (int i = 0; i < ref->insn.length; i++)
		n += snprintf(where + n, sizeof(where) - n, "%02x ", p[i]);
	ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
	ZydisFormatterFormatInstruction(&formatter, &ref->insn, ref->op,
					ref->insn.operand_count_visible, where + n,
					sizeof(where) - n, 0, NULL);
}

static bool kind_matches(ZydisMnemonic mnemonic, enum sens_kind kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].mnemonic == mnemonic && kinds[i].kind == kind)
			return true;
	return false;
}

/* The number of a register in encodings, SENS_NOREG for none. */
static unsigned int number(ZydisRegister reg)
{
	ZydisRegister whole;

	if (reg == ZYDIS_REGISTER_NONE || reg == ZYDIS_REGISTER_RIP || reg == ZYDIS_REGISTER_EIP)
		return SENS_NOREG;
	whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
	return ZydisRegisterGetId(whole ? whole : reg);
}

static bool is_high(ZydisRegister reg)
{
	return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
}

static void same_memory(const struct sens_insn *s, const struct reference *ref,
			const ZydisDecodedOperand *op)
{
	ZydisRegisterContext context;
	uint64_t regs[16], address;

	ck_assert_msg(s->is_mem, "memory operand missed: %s", where);
	ck_assert_msg(s->base == number(op->mem.base), "base %u: %s", s->base, where);
	ck_assert_msg(s->index == number(op->mem.index), "index %u: %s", s->index, where);
	if (s->index != SENS_NOREG)
		ck_assert_msg(s->scale == op->mem.scale, "scale %u: %s", s->scale, where);
	ck_assert_msg(s->rip_rel == (op->mem.base == ZYDIS_REGISTER_RIP ||
				     op->mem.base == ZYDIS_REGISTER_EIP),
		      "rip_rel: %s", where);
	if (op->mem.disp.has_displacement)
		ck_assert_msg(s->disp == op->mem.disp.value, "disp %#llx: %s", (long long)s->disp,
			      where);
	ck_assert_msg((s->segment == 4) == (op->mem.segment == ZYDIS_REGISTER_FS), "fs: %s", where);
	ck_assert_msg((s->segment == 5) == (op->mem.segment == ZYDIS_REGISTER_GS), "gs: %s", where);

	memset(&context, 0, sizeof(context));
	for (int i = 0; i < 16; i++) {
		regs[i] = 0x1111111111111111ull * i + 0xf00000000ull;
		context.values[ZYDIS_REGISTER_RAX + i] = regs[i];
		context.values[ZYDIS_REGISTER_EAX + i] = (uint32_t)regs[i];
	}
	if (ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(&ref->insn, op, 0x41000000, &context, &address)))
		ck_assert_msg(sens_ea(s, regs, 0x41000000 + s->len, 0, 0) == address,
			      "address %#llx, not %#llx: %s",
			      (long long)sens_ea(s, regs, 0x41000000 + s->len, 0, 0),
			      (long long)address, where);
}

static void same_operands(const struct sens_insn *s, const struct reference *ref)
{
	for (int i = 0; i < ref->insn.operand_count_visible; i++) {
		const ZydisDecodedOperand *op = &ref->op[i];

		if (op->type == ZYDIS_OPERAND_TYPE_MEMORY &&
		    (op->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM ||
		     op->encoding == ZYDIS_OPERAND_ENCODING_DISP16_32_64)) {
			same_memory(s, ref, op);
		} else if (op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
			   op->encoding == ZYDIS_OPERAND_ENCODING_MODRM_REG) {
			ck_assert_msg(s->reg == number(op->reg.value), "reg %u: %s", s->reg, where);
			ck_assert_msg(s->reg_high == is_high(op->reg.value), "high reg: %s", where);
		} else if (op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
			   op->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM) {
			ck_assert_msg(!s->is_mem, "not memory: %s", where);
			ck_assert_msg(s->rm == number(op->reg.value), "rm %u: %s", s->rm, where);
			ck_assert_msg(s->rm_high == is_high(op->reg.value), "high rm: %s", where);
		} else if (op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && s->kind != SENS_INT3) {
			ck_assert_msg(s->has_imm, "immediate missed: %s", where);
			ck_assert_msg(op->imm.is_signed ? s->imm == op->imm.value.s
							: (s->imm & 0xffff) ==
								  (int64_t)(op->imm.value.u & 0xffff),
				      "imm %#llx: %s", (long long)s->imm, where);
		}
	}
}

/* Zydis calls the widths of system operands by other names; these are data moves. */
static bool size_is_comparable(enum sens_kind kind)
{
	return kind > SENS_LAST_SENSITIVE || kind == SENS_IN || kind == SENS_OUT ||
	       kind == SENS_PUSHF || kind == SENS_POPF || kind == SENS_IRET || kind == SENS_LRET;
}

static void same_sizes(const struct sens_insn *s, const struct reference *ref)
{
	unsigned int width = ref->insn.operand_width / 8;

	ck_assert_msg(s->addr_size == ref->insn.address_width / 8, "address size: %s", where);
	if (!size_is_comparable(s->kind))
		return;
	if (s->kind == SENS_MOVZX || s->kind == SENS_MOVSX) {
		ck_assert_msg(s->op_size == ref->op[0].size / 8, "size %u: %s", s->op_size, where);
		/* movsxd with 66: the manual has a 16-bit source, Zydis says so for registers only */
		if (ref->insn.mnemonic != ZYDIS_MNEMONIC_MOVSXD || s->op_size != 2)
			ck_assert_msg(s->src_size == ref->op[1].size / 8, "source %u: %s",
				      s->src_size, where);
		return;
	}
	if ((s->kind == SENS_IN || s->kind == SENS_OUT) && width == 8)
		width = 4; /* REX.W has no effect */
	ck_assert_msg(s->op_size == width, "size %u, not %u: %s", s->op_size, width, where);
}

static void same(const uint8_t *p, const struct sens_insn *s, const struct reference *ref)
{
	describe(p, ref);
	ck_assert_msg(s->len == ref->insn.length, "length %u: %s", s->len, where);
	ck_assert_msg(kind_matches(ref->insn.mnemonic, s->kind), "kind %s: %s",
		      sens_kind_name(s->kind), where);
	same_operands(s, ref);
	same_sizes(s, ref);
}

START_TEST(samples_agree)
{
	unsigned int seen[SENS_KINDS] = { 0 };

	for (const uint8_t *p = samples; p < samples_end;) {
		struct reference ref;
		struct sens_insn s;
		size_t n = samples_end - p;
		int error;

		ck_assert(zydis(p, n, &ref));
		describe(p, &ref);
		error = sens_decode(p, n, &s);
		ck_assert_msg(error == SENS_OK, "error %d: %s", error, where);
		same(p, &s, &ref);
		seen[s.kind]++;
		for (size_t cut = 0; cut < s.len; cut++) {
			struct sens_insn t;

			ck_assert_msg(sens_decode(p, cut, &t) == SENS_TRUNCATED, "cut at %zu: %s",
				      cut, where);
		}
		p += s.len;
	}
	for (int kind = SENS_NONE + 1; kind < SENS_KINDS; kind++)
		ck_assert_msg(seen[kind], "no sample of %s", sens_kind_name(kind));
}
END_TEST

START_TEST(every_kind_is_documented)
{
	for (int kind = SENS_NONE + 1; kind < SENS_KINDS; kind++) {
		ck_assert_ptr_nonnull(sens_kind_section(kind));
		ck_assert_ptr_nonnull(sens_kind_name(kind));
	}
}
END_TEST

static uint8_t random_byte(void)
{
	return random() >> 7;
}

/*
 * SIB base 5 with mod 0 means no base, whatever REX.B is (SDM table 2-5; CPUs
 * do so). Zydis 4.0.0 takes R13 for the base if REX.B is set.
 */
static bool zydis_is_wrong(const struct reference *ref)
{
	return ref->insn.raw.modrm.mod == 0 && ref->insn.raw.modrm.rm == 4 &&
	       ref->insn.raw.sib.base == 5 && ref->insn.raw.rex.B;
}

/* Prefixes, opcode, and random bytes. Where both decode, they must agree. */
START_TEST(random_bytes_agree)
{
	static const uint8_t prefixes[] = { 0x66, 0xf3, 0xf2, 0x65, 0x67, 0x48, 0x41, 0x44, 0x4f };
	unsigned long both = 0;

	srandom(1);
	for (int round = 0; round < 2000000; round++) {
		struct reference ref;
		struct sens_insn s;
		uint8_t b[16];
		size_t n = 0;

		for (int k = random() % 3; k; k--)
			b[n++] = prefixes[random() % sizeof(prefixes)];
		if (random() & 1)
			b[n++] = 0x0f;
		while (n < sizeof(b))
			b[n++] = random_byte();
		if (sens_decode(b, sizeof(b), &s) || !zydis(b, sizeof(b), &ref))
			continue;
		if (zydis_is_wrong(&ref))
			continue;
		same(b, &s, &ref);
		both++;
	}
	ck_assert(both > 100000);
}
END_TEST

START_TEST(overlong_is_refused)
{
	uint8_t b[20];
	struct sens_insn s;

	memset(b, 0x66, sizeof(b));
	b[14] = 0xfa;
	ck_assert_int_eq(sens_decode(b, sizeof(b), &s), SENS_OK);
	ck_assert_int_eq(s.len, 15);
	b[14] = 0x66;
	b[15] = 0xfa;
	ck_assert_int_eq(sens_decode(b, sizeof(b), &s), SENS_TOO_LONG);
	memset(b, 0x66, sizeof(b));
	ck_assert_int_eq(sens_decode(b, sizeof(b), &s), SENS_TOO_LONG);
	ck_assert_int_eq(sens_decode(b, 3, &s), SENS_TRUNCATED);
	ck_assert_int_eq(sens_decode(b, 0, &s), SENS_TRUNCATED);
}
END_TEST

START_TEST(nops)
{
	static const uint8_t nop9[] = { 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	static const uint8_t nop7[] = { 0x0f, 0x1f, 0x80, 0, 0, 0, 0 };
	static const uint8_t pause[] = { 0xf3, 0x90 }, hint[] = { 0x0f, 0x1f, 0xc8 };

	ck_assert_uint_eq(sens_nop_length(nop9, 9), 9);
	ck_assert_uint_eq(sens_nop_length(nop9 + 1, 8), 8);
	ck_assert_uint_eq(sens_nop_length(nop7, 7), 7);
	ck_assert_uint_eq(sens_nop_length(pause + 1, 1), 1);
	for (size_t cut = 0; cut < 9; cut++)
		ck_assert_uint_eq(sens_nop_length(nop9, cut), 0);
	ck_assert_uint_eq(sens_nop_length(pause, 2), 0);
	ck_assert_uint_eq(sens_nop_length(hint, 3), 0);
}
END_TEST

START_TEST(segment_bases)
{
	static const uint8_t load_gs[] = { 0x65, 0x48, 0x8b, 0x04, 0x25, 0x10, 0, 0, 0 };
	static const uint8_t load_fs[] = { 0x64, 0x8b, 0x40, 0xf8 };
	uint64_t regs[16] = { 0x1000 };
	struct sens_insn s;

	ck_assert_int_eq(sens_decode(load_gs, sizeof(load_gs), &s), SENS_OK);
	ck_assert_uint_eq(sens_ea(&s, regs, 0, 1ull << 40, 1ull << 41), (1ull << 41) + 0x10);
	ck_assert_int_eq(sens_decode(load_fs, sizeof(load_fs), &s), SENS_OK);
	ck_assert_uint_eq(sens_ea(&s, regs, 0, 1ull << 40, 1ull << 41), (1ull << 40) + 0xff8);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("decode");

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	tcase_add_test(tc, samples_agree);
	tcase_add_test(tc, every_kind_is_documented);
	tcase_add_test(tc, random_bytes_agree);
	tcase_add_test(tc, overlong_is_refused);
	tcase_add_test(tc, nops);
	tcase_add_test(tc, segment_bases);
	return unit_run(tc);
}
