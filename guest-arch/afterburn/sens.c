// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sens.c - decode sensitive instructions and the moves that touch devices.
 *
 * Runs: freestanding in the monitor, and in the loader, verifier and tests.
 * Calls nothing outside this file and uses no FPU state.
 *
 * The table below follows the Intel SDM, volume 2, chapters 3 to 6, and names
 * the entry of each row; encodings in general are in 2.1 (formats, prefixes)
 * and 2.2.1 (REX).
 *
 * Must hold: rows are tried in order, the first that matches wins; no byte
 * beyond p + n is read.
 */
#include "sens.h"

enum map { ONE, TWO, THREE38 };

/* Operand sizes (SDM 3.1.1.1, 2.2.1.7). */
enum size {
	SZ_0,	/* none */
	SZ_B,	/* 1 */
	SZ_W,	/* 2 */
	SZ_V,	/* 2 with 66, 8 with REX.W, else 4 */
	SZ_Z,	/* 2 with 66 and no REX.W, else 4 */
	SZ_Y,	/* 8 with REX.W, else 4 */
	SZ_D64, /* 2 with 66, else 8 */
	SZ_Q,	/* 8 */
};

enum imm {
	IMM_0,
	IMM_B,	   /* 8 bits, sign-extended */
	IMM_UB,	   /* 8 bits, zero-extended: ports, vectors */
	IMM_UW,	   /* 16 bits, zero-extended */
	IMM_Z,	   /* 16 or 32 bits, sign-extended */
	IMM_MOFFS, /* the operand's address; the register is rAX */
};

/* In the place of a mandatory prefix: none of 66, F2, F3 may be there. */
#define NP 1

enum row_flag {
	MODRM = 1,	/* a ModRM byte follows */
	MEM = 2,	/* memory operand only */
	REG = 4,	/* register operand only */
	NOMOD = 8,	/* ModRM.mod is ignored and taken as 3 */
	DEST = 16,	/* rm is the destination */
	SRC_B = 32,	/* the source has 8 bits */
	SRC_W = 64,	/* the source has 16 bits */
	SRC_D = 128,	/* the source has 32 bits, 16 with 66 */
	MEM_W = 256,	/* always 16 bits if the operand is memory */
};

/* Names and sections are for tests and messages: the monitor, which is freestanding, has none. */
#if __STDC_HOSTED__
#define NAMES
#define SECTION(text) .section = text
#else
#define SECTION(text)
#endif

struct row {
	uint8_t map;
	uint8_t op;	/* opcode */
	uint8_t prefix; /* mandatory 66, F2 or F3, or NP; 0: not looked at */
	uint8_t mask;	/* (ModRM & mask) == value */
	uint8_t value;
	uint16_t flags;
	uint8_t kind;
	uint8_t size;
	uint8_t imm;
#ifdef NAMES
	const char *section;
#endif
};

#define ROW(m, o, p, mk, v, f, k, s, i, sec)                                                     \
	{ .map = m, .op = o, .prefix = p, .mask = mk, .value = v, .flags = f, .kind = SENS_##k,   \
	  .size = SZ_##s, .imm = IMM_##i, SECTION(sec) }

/* opcode only */
#define OP(m, o, k, s, i, sec)	ROW(m, o, 0, 0, 0, 0, k, s, i, sec)
/* opcode and a whole ModRM byte; with a prefix it is another instruction */
#define OPX(o, b, k, sec)	ROW(TWO, o, NP, 0xff, b, MODRM, k, 0, 0, sec)
/* opcode /digit */
#define OPD(m, o, d, f, k, s, i, sec) ROW(m, o, 0, 0x38, (d) << 3, MODRM | (f), k, s, i, sec)
/* opcode /r */
#define OPR(m, o, f, k, s, i, sec) ROW(m, o, 0, 0, 0, MODRM | (f), k, s, i, sec)

/* The eight arithmetic groups: 00+8n .. 05+8n and 80, 81, 83 /n. */
#define ALU(n, k)                                                                                \
	OPR(ONE, (n) * 8 + 0, DEST, k, B, 0, "3.2 " #k), OPR(ONE, (n) * 8 + 1, DEST, k, V, 0, "3.2 " #k), \
	OPR(ONE, (n) * 8 + 2, 0, k, B, 0, "3.2 " #k), OPR(ONE, (n) * 8 + 3, 0, k, V, 0, "3.2 " #k),       \
	OPD(ONE, 0x80, n, DEST, k, B, B, "3.2 " #k), OPD(ONE, 0x81, n, DEST, k, V, Z, "3.2 " #k),         \
	OPD(ONE, 0x83, n, DEST, k, V, B, "3.2 " #k)

/* Bit tests: 0F A3+8n /r and 0F BA /(4+n). */
#define BITS(n, k)                                                                               \
	OPR(TWO, 0xa3 + 8 * (n), DEST, k, V, 0, "3.2 " #k), OPD(TWO, 0xba, 4 + (n), DEST, k, V, UB, "3.2 " #k)

static const struct row rows[] = {
	/* Flags (3.2 CLI, 4.3 STI, 3.2 HLT, 4.3 PUSHF, POPF) */
	OP(ONE, 0xfa, CLI, 0, 0, "3.2 CLI"),
	OP(ONE, 0xfb, STI, 0, 0, "4.3 STI"),
	OP(ONE, 0xf4, HLT, 0, 0, "3.2 HLT"),
	OP(ONE, 0x9c, PUSHF, D64, 0, "4.3 PUSHF/PUSHFD/PUSHFQ"),
	OP(ONE, 0x9d, POPF, D64, 0, "4.3 POPF/POPFD/POPFQ"),

	/* Returns and far transfers */
	OP(ONE, 0xcf, IRET, V, 0, "3.2 IRET/IRETD/IRETQ"),
	OP(ONE, 0xcb, LRET, V, 0, "4.3 RET"),
	OP(ONE, 0xca, LRET, V, UW, "4.3 RET"),
	OPD(ONE, 0xff, 3, MEM, FARCALL, V, 0, "3.2 CALL"),
	OPD(ONE, 0xff, 5, MEM, FARJMP, V, 0, "3.2 JMP"),
	OP(TWO, 0x05, SYSCALL, 0, 0, "4.3 SYSCALL"),
	OP(TWO, 0x07, SYSRET, Y, 0, "4.3 SYSRET"),
	OP(TWO, 0x34, SYSENTER, 0, 0, "4.3 SYSENTER"),
	OP(TWO, 0x35, SYSEXIT, Y, 0, "4.3 SYSEXIT"),
	OP(ONE, 0xcc, INT3, 0, 0, "3.2 INT n/INTO/INT3/INT1"),
	OP(ONE, 0xcd, INT, 0, UB, "3.2 INT n/INTO/INT3/INT1"),
	OP(ONE, 0xf1, INT1, 0, 0, "3.2 INT n/INTO/INT3/INT1"),
	OP(TWO, 0x0b, UD2, 0, 0, "4.3 UD"),

	/* 0F 01 with a whole ModRM byte comes before 0F 01 /digit */
	OPX(0x01, 0xf8, SWAPGS, "4.3 SWAPGS"),
	OPX(0x01, 0xf9, RDTSCP, "4.3 RDTSCP"),
	OPX(0x01, 0xd0, XGETBV, "6.1 XGETBV"),
	OPX(0x01, 0xd1, XSETBV, "6.1 XSETBV"),
	OPX(0x01, 0xc8, MONITOR, "4.3 MONITOR"),
	OPX(0x01, 0xc9, MWAIT, "4.3 MWAIT"),
	OPX(0x01, 0xca, CLAC, "3.2 CLAC"),
	OPX(0x01, 0xcb, STAC, "4.3 STAC"),
	OPX(0x01, 0xee, RDPKRU, "4.3 RDPKRU"),
	OPX(0x01, 0xef, WRPKRU, "6.1 WRPKRU"),

	/* Machine state */
	OP(TWO, 0x30, WRMSR, 0, 0, "6.1 WRMSR"),
	OP(TWO, 0x31, RDTSC, 0, 0, "4.3 RDTSC"),
	OP(TWO, 0x32, RDMSR, 0, 0, "4.3 RDMSR"),
	OP(TWO, 0x33, RDPMC, 0, 0, "4.3 RDPMC"),
	OP(TWO, 0xa2, CPUID, 0, 0, "3.2 CPUID"),
	ROW(TWO, 0xc7, 0xf3, 0xf8, 0xf8, MODRM | REG, RDPID, Q, 0, "4.3 RDPID"),
	OPD(TWO, 0xc7, 5, MEM, XSAVES, 0, 0, "6.1 XSAVES"),
	OPD(TWO, 0xc7, 3, MEM, XRSTORS, 0, 0, "6.1 XRSTORS"),
	ROW(TWO, 0xae, 0xf3, 0xf8, 0xc0, MODRM | REG, RDFSBASE, Y, 0, "4.3 RDFSBASE/RDGSBASE"),
	ROW(TWO, 0xae, 0xf3, 0xf8, 0xc8, MODRM | REG, RDGSBASE, Y, 0, "4.3 RDFSBASE/RDGSBASE"),
	ROW(TWO, 0xae, 0xf3, 0xf8, 0xd0, MODRM | REG, WRFSBASE, Y, 0, "6.1 WRFSBASE/WRGSBASE"),
	ROW(TWO, 0xae, 0xf3, 0xf8, 0xd8, MODRM | REG, WRGSBASE, Y, 0, "6.1 WRFSBASE/WRGSBASE"),

	/* Caches and TLB */
	OP(TWO, 0x08, INVD, 0, 0, "3.2 INVD"),
	ROW(TWO, 0x09, 0xf3, 0, 0, 0, WBNOINVD, 0, 0, "6.1 WBNOINVD"),
	OP(TWO, 0x09, WBINVD, 0, 0, "6.1 WBINVD"),
	OPD(TWO, 0x01, 7, MEM, INVLPG, 0, 0, "3.2 INVLPG"),
	ROW(THREE38, 0x82, 0x66, 0, 0, MODRM | MEM, INVPCID, Q, 0, "3.2 INVPCID"),

	/* Control and debug registers */
	OPR(TWO, 0x20, NOMOD, RDCR, Q, 0, "4.3 MOV - Move to/from Control Registers"),
	OPR(TWO, 0x22, NOMOD, WRCR, Q, 0, "4.3 MOV - Move to/from Control Registers"),
	OPR(TWO, 0x21, NOMOD, RDDR, Q, 0, "4.3 MOV - Move to/from Debug Registers"),
	OPR(TWO, 0x23, NOMOD, WRDR, Q, 0, "4.3 MOV - Move to/from Debug Registers"),
	OP(TWO, 0x06, CLTS, 0, 0, "3.2 CLTS"),
	OPD(TWO, 0x01, 6, 0, LMSW, W, 0, "3.2 LMSW"),
	OPD(TWO, 0x01, 4, MEM_W, SMSW, V, 0, "4.3 SMSW"),

	/* Descriptor tables and selectors */
	OPD(TWO, 0x01, 0, MEM, SGDT, 0, 0, "4.3 SGDT"),
	OPD(TWO, 0x01, 1, MEM, SIDT, 0, 0, "4.3 SIDT"),
	OPD(TWO, 0x01, 2, MEM, LGDT, 0, 0, "3.2 LGDT/LIDT"),
	OPD(TWO, 0x01, 3, MEM, LIDT, 0, 0, "3.2 LGDT/LIDT"),
	OPD(TWO, 0x00, 0, MEM_W, SLDT, V, 0, "4.3 SLDT"),
	OPD(TWO, 0x00, 1, MEM_W, STR, V, 0, "4.3 STR"),
	OPD(TWO, 0x00, 2, 0, LLDT, W, 0, "3.2 LLDT"),
	OPD(TWO, 0x00, 3, 0, LTR, W, 0, "3.2 LTR"),
	OPD(TWO, 0x00, 4, 0, VERR, W, 0, "4.3 VERR/VERW"),
	OPD(TWO, 0x00, 5, 0, VERW, W, 0, "4.3 VERR/VERW"),
	OPR(TWO, 0x02, SRC_W, LAR, V, 0, "3.2 LAR"),
	OPR(TWO, 0x03, SRC_W, LSL, V, 0, "3.2 LSL"),

	/* Segment registers */
	OPR(ONE, 0x8c, DEST | MEM_W, RDSEG, V, 0, "4.3 MOV"),
	OPR(ONE, 0x8e, 0, WRSEG, W, 0, "4.3 MOV"),
	OP(TWO, 0xa0, PUSHSEG, D64, 0, "4.3 PUSH"),
	OP(TWO, 0xa8, PUSHSEG, D64, 0, "4.3 PUSH"),
	OP(TWO, 0xa1, POPSEG, D64, 0, "4.3 POP"),
	OP(TWO, 0xa9, POPSEG, D64, 0, "4.3 POP"),
	OPR(TWO, 0xb2, MEM, LOADFAR, V, 0, "3.2 LDS/LES/LFS/LGS/LSS"),
	OPR(TWO, 0xb4, MEM, LOADFAR, V, 0, "3.2 LDS/LES/LFS/LGS/LSS"),
	OPR(TWO, 0xb5, MEM, LOADFAR, V, 0, "3.2 LDS/LES/LFS/LGS/LSS"),

	/* Ports */
	OP(ONE, 0xe4, IN, B, UB, "3.2 IN"),
	OP(ONE, 0xe5, IN, Z, UB, "3.2 IN"),
	OP(ONE, 0xec, IN, B, 0, "3.2 IN"),
	OP(ONE, 0xed, IN, Z, 0, "3.2 IN"),
	OP(ONE, 0xe6, OUT, B, UB, "4.3 OUT"),
	OP(ONE, 0xe7, OUT, Z, UB, "4.3 OUT"),
	OP(ONE, 0xee, OUT, B, 0, "4.3 OUT"),
	OP(ONE, 0xef, OUT, Z, 0, "4.3 OUT"),
	OP(ONE, 0x6c, INS, B, 0, "3.2 INS/INSB/INSW/INSD"),
	OP(ONE, 0x6d, INS, Z, 0, "3.2 INS/INSB/INSW/INSD"),
	OP(ONE, 0x6e, OUTS, B, 0, "4.3 OUTS/OUTSB/OUTSW/OUTSD"),
	OP(ONE, 0x6f, OUTS, Z, 0, "4.3 OUTS/OUTSB/OUTSW/OUTSD"),

	/* Moves */
	OPR(ONE, 0x88, DEST, STORE, B, 0, "4.3 MOV"),
	OPR(ONE, 0x89, DEST, STORE, V, 0, "4.3 MOV"),
	OPR(ONE, 0x8a, 0, LOAD, B, 0, "4.3 MOV"),
	OPR(ONE, 0x8b, 0, LOAD, V, 0, "4.3 MOV"),
	OPD(ONE, 0xc6, 0, DEST, STORE, B, B, "4.3 MOV"),
	OPD(ONE, 0xc7, 0, DEST, STORE, V, Z, "4.3 MOV"),
	OP(ONE, 0xa0, LOAD, B, MOFFS, "4.3 MOV"),
	OP(ONE, 0xa1, LOAD, V, MOFFS, "4.3 MOV"),
	ROW(ONE, 0xa2, 0, 0, 0, DEST, STORE, B, MOFFS, "4.3 MOV"),
	ROW(ONE, 0xa3, 0, 0, 0, DEST, STORE, V, MOFFS, "4.3 MOV"),
	OPR(TWO, 0xc3, MEM | DEST, STORE, Y, 0, "4.3 MOVNTI"),
	OPR(TWO, 0xb6, SRC_B, MOVZX, V, 0, "4.3 MOVZX"),
	OPR(TWO, 0xb7, SRC_W, MOVZX, V, 0, "4.3 MOVZX"),
	OPR(TWO, 0xbe, SRC_B, MOVSX, V, 0, "4.3 MOVSX/MOVSXD"),
	OPR(TWO, 0xbf, SRC_W, MOVSX, V, 0, "4.3 MOVSX/MOVSXD"),
	OPR(ONE, 0x63, SRC_D, MOVSX, V, 0, "4.3 MOVSX/MOVSXD"),
	OP(ONE, 0xaa, STOS, B, 0, "4.3 STOS/STOSB/STOSW/STOSD/STOSQ"),
	OP(ONE, 0xab, STOS, V, 0, "4.3 STOS/STOSB/STOSW/STOSD/STOSQ"),
	OP(ONE, 0xa4, MOVS, B, 0, "4.3 MOVS/MOVSB/MOVSW/MOVSD/MOVSQ"),
	OP(ONE, 0xa5, MOVS, V, 0, "4.3 MOVS/MOVSB/MOVSW/MOVSD/MOVSQ"),
	OP(ONE, 0xac, LODS, B, 0, "3.2 LODS/LODSB/LODSW/LODSD/LODSQ"),
	OP(ONE, 0xad, LODS, V, 0, "3.2 LODS/LODSB/LODSW/LODSD/LODSQ"),

	/* Arithmetic with memory */
	ALU(0, ADD),
	ALU(1, OR),
	ALU(2, ADC),
	ALU(3, SBB),
	ALU(4, AND),
	ALU(5, SUB),
	ALU(6, XOR),
	ALU(7, CMP),
	OPR(ONE, 0x84, DEST, TEST, B, 0, "4.3 TEST"),
	OPR(ONE, 0x85, DEST, TEST, V, 0, "4.3 TEST"),
	OPD(ONE, 0xf6, 0, DEST, TEST, B, B, "4.3 TEST"),
	OPD(ONE, 0xf7, 0, DEST, TEST, V, Z, "4.3 TEST"),
	OPR(ONE, 0x86, DEST, XCHG, B, 0, "6.1 XCHG"),
	OPR(ONE, 0x87, DEST, XCHG, V, 0, "6.1 XCHG"),
	OPR(TWO, 0xb0, DEST, CMPXCHG, B, 0, "3.2 CMPXCHG"),
	OPR(TWO, 0xb1, DEST, CMPXCHG, V, 0, "3.2 CMPXCHG"),
	OPR(TWO, 0xc0, DEST, XADD, B, 0, "6.1 XADD"),
	OPR(TWO, 0xc1, DEST, XADD, V, 0, "6.1 XADD"),
	OPD(ONE, 0xf6, 2, DEST, NOT, B, 0, "4.3 NOT"),
	OPD(ONE, 0xf7, 2, DEST, NOT, V, 0, "4.3 NOT"),
	OPD(ONE, 0xf6, 3, DEST, NEG, B, 0, "4.3 NEG"),
	OPD(ONE, 0xf7, 3, DEST, NEG, V, 0, "4.3 NEG"),
	OPD(ONE, 0xfe, 0, DEST, INC, B, 0, "3.2 INC"),
	OPD(ONE, 0xff, 0, DEST, INC, V, 0, "3.2 INC"),
	OPD(ONE, 0xfe, 1, DEST, DEC, B, 0, "3.2 DEC"),
	OPD(ONE, 0xff, 1, DEST, DEC, V, 0, "3.2 DEC"),
	BITS(0, BT),
	BITS(1, BTS),
	BITS(2, BTR),
	BITS(3, BTC),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

#ifdef NAMES
static const char *const names[SENS_KINDS] = {
#define N(k, s) [SENS_##k] = s
	N(NONE, "none"), N(CLI, "cli"), N(STI, "sti"), N(HLT, "hlt"), N(PUSHF, "pushf"),
	N(POPF, "popf"), N(IRET, "iret"), N(SYSRET, "sysret"), N(SYSEXIT, "sysexit"),
	N(LRET, "lret"), N(FARCALL, "lcall"), N(FARJMP, "ljmp"), N(SYSCALL, "syscall"),
	N(SYSENTER, "sysenter"), N(INT, "int"), N(INT1, "int1"), N(INT3, "int3"), N(UD2, "ud2"),
	N(SWAPGS, "swapgs"), N(WRMSR, "wrmsr"), N(RDMSR, "rdmsr"), N(CPUID, "cpuid"),
	N(RDPMC, "rdpmc"), N(RDTSC, "rdtsc"), N(RDTSCP, "rdtscp"), N(RDPID, "rdpid"),
	N(XGETBV, "xgetbv"), N(XSETBV, "xsetbv"), N(XSAVES, "xsaves"), N(XRSTORS, "xrstors"),
	N(RDPKRU, "rdpkru"), N(WRPKRU, "wrpkru"), N(RDFSBASE, "rdfsbase"),
	N(RDGSBASE, "rdgsbase"), N(WRFSBASE, "wrfsbase"), N(WRGSBASE, "wrgsbase"),
	N(STAC, "stac"), N(CLAC, "clac"), N(MONITOR, "monitor"), N(MWAIT, "mwait"),
	N(INVD, "invd"), N(WBINVD, "wbinvd"), N(WBNOINVD, "wbnoinvd"), N(INVLPG, "invlpg"),
	N(INVPCID, "invpcid"), N(RDCR, "mov from cr"), N(WRCR, "mov to cr"),
	N(RDDR, "mov from dr"), N(WRDR, "mov to dr"), N(CLTS, "clts"), N(LMSW, "lmsw"),
	N(SMSW, "smsw"), N(LGDT, "lgdt"), N(LIDT, "lidt"), N(SGDT, "sgdt"), N(SIDT, "sidt"),
	N(LLDT, "lldt"), N(LTR, "ltr"), N(SLDT, "sldt"), N(STR, "str"), N(LAR, "lar"),
	N(LSL, "lsl"), N(VERR, "verr"), N(VERW, "verw"), N(RDSEG, "mov from seg"),
	N(WRSEG, "mov to seg"), N(PUSHSEG, "push seg"), N(POPSEG, "pop seg"),
	N(LOADFAR, "load far pointer"), N(IN, "in"), N(OUT, "out"), N(INS, "ins"),
	N(OUTS, "outs"), N(LOAD, "load"), N(STORE, "store"), N(MOVZX, "movzx"),
	N(MOVSX, "movsx"), N(STOS, "stos"), N(MOVS, "movs"), N(LODS, "lods"), N(ADD, "add"),
	N(OR, "or"), N(ADC, "adc"), N(SBB, "sbb"), N(AND, "and"), N(SUB, "sub"), N(XOR, "xor"),
	N(CMP, "cmp"), N(TEST, "test"), N(XCHG, "xchg"), N(CMPXCHG, "cmpxchg"),
	N(XADD, "xadd"), N(NOT, "not"), N(NEG, "neg"), N(INC, "inc"), N(DEC, "dec"),
	N(BT, "bt"), N(BTS, "bts"), N(BTR, "btr"), N(BTC, "btc"),
#undef N
};
#endif

/* The bytes of one instruction and how far the decoder has come. */
struct stream {
	const uint8_t *p;
	size_t n;
	size_t pos;
};

struct prefixes {
	uint8_t opsize; /* 66 seen */
	uint8_t rep;	/* the last of F2, F3 */
};

static int take(struct stream *s, unsigned int bytes, int64_t *value)
{
	uint64_t v = 0;

	if (s->n - s->pos < bytes)
		return SENS_TRUNCATED;
	for (unsigned int i = 0; i < bytes; i++)
		v |= (uint64_t)s->p[s->pos++] << (8 * i);
	if (bytes && bytes < 8 && (v >> (8 * bytes - 1)) & 1)
		v |= ~0ull << (8 * bytes);
	*value = (int64_t)v;
	return SENS_OK;
}

/* 66, 67, F0, F2, F3, segment overrides; REX counts only right before the opcode. */
static void take_prefixes(struct stream *s, struct prefixes *pre, struct sens_insn *out)
{
	for (; s->pos < s->n; s->pos++) {
		uint8_t b = s->p[s->pos];

		if ((b & 0xf0) == 0x40) {
			out->rex = b;
			continue;
		}
		switch (b) {
		case 0x66:
			pre->opsize = 1;
			break;
		case 0x67:
			out->addr_size = 4;
			break;
		case 0xf0:
			out->lock = 1;
			break;
		case 0xf2:
		case 0xf3:
			pre->rep = b;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
			break; /* ES, CS, SS, DS: no effect in 64-bit mode */
		case 0x64:
		case 0x65:
			out->segment = b & 7;
			break;
		default:
			return;
		}
		out->rex = 0;
	}
}

static int take_map(struct stream *s, enum map *map, uint8_t *op)
{
	*map = ONE;
	if (s->pos >= s->n)
		return SENS_TRUNCATED;
	*op = s->p[s->pos++];
	if (*op != 0x0f)
		return SENS_OK;
	*map = TWO;
	if (s->pos >= s->n)
		return SENS_TRUNCATED;
	*op = s->p[s->pos++];
	if (*op != 0x38)
		return SENS_OK;
	*map = THREE38;
	if (s->pos >= s->n)
		return SENS_TRUNCATED;
	*op = s->p[s->pos++];
	return SENS_OK;
}

static int prefix_matches(const struct row *r, const struct prefixes *pre)
{
	if (r->prefix == NP)
		return !pre->opsize && !pre->rep;
	if (r->prefix == 0x66)
		return pre->opsize && !pre->rep;
	return !r->prefix || r->prefix == pre->rep;
}

/* NULL, with *truncated set if only a missing ModRM byte kept a row from matching. */
static const struct row *find_row(const struct stream *s, enum map map, uint8_t op,
				  const struct prefixes *pre, int *truncated)
{
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		uint8_t modrm;

		if (r->map != map || r->op != op || !prefix_matches(r, pre))
			continue;
		if (!(r->flags & MODRM))
			return r;
		if (s->pos >= s->n) {
			*truncated = 1;
			continue;
		}
		modrm = s->p[s->pos];
		if ((modrm & r->mask) != r->value)
			continue;
		if ((r->flags & MEM) && modrm >= 0xc0)
			continue;
		if ((r->flags & REG) && modrm < 0xc0)
			continue;
		return r;
	}
	return NULL;
}

static uint8_t operand_size(enum size size, const struct prefixes *pre, uint8_t rex)
{
	int w = rex & 8;

	switch (size) {
	case SZ_B:
		return 1;
	case SZ_W:
		return 2;
	case SZ_V:
		return w ? 8 : pre->opsize ? 2 : 4;
	case SZ_Z:
		return pre->opsize && !w ? 2 : 4;
	case SZ_Y:
		return w ? 8 : 4;
	case SZ_D64:
		return pre->opsize && !w ? 2 : 8;
	case SZ_Q:
		return 8;
	case SZ_0:
		break;
	}
	return 0;
}

/* SDM 2.1.5, tables 2-2 and 2-3; 2.2.1.2 and 2.2.1.6 for the REX extensions. */
static int take_memory(struct stream *s, uint8_t modrm, struct sens_insn *out)
{
	uint8_t mod = modrm >> 6, rm = modrm & 7, b = out->rex & 1, x = (out->rex >> 1) & 1;
	unsigned int disp_bytes = mod == 1 ? 1 : mod == 2 ? 4 : 0;

	out->is_mem = 1;
	out->scale = 1;
	if (rm == 4) {
		uint8_t sib;

		if (s->pos >= s->n)
			return SENS_TRUNCATED;
		sib = s->p[s->pos++];
		out->scale = 1 << (sib >> 6);
		if (((sib >> 3) & 7) != 4 || x)
			out->index = ((sib >> 3) & 7) | x << 3;
		if ((sib & 7) == 5 && !mod)
			disp_bytes = 4;
		else
			out->base = (sib & 7) | b << 3;
	} else if (rm == 5 && !mod) {
		out->rip_rel = 1;
		disp_bytes = 4;
	} else {
		out->base = rm | b << 3;
	}
	return take(s, disp_bytes, &out->disp);
}

/* Without REX, 8-bit registers 4..7 are AH, CH, DH, BH (SDM 3.1.1.1). */
static void high_byte(uint8_t *reg, uint8_t *high, uint8_t rex)
{
	if (!rex && *reg >= 4 && *reg < 8) {
		*reg -= 4;
		*high = 1;
	}
}

static int take_modrm(struct stream *s, const struct row *r, struct sens_insn *out)
{
	uint8_t modrm = s->p[s->pos++];
	int segment = r->kind == SENS_RDSEG || r->kind == SENS_WRSEG;

	if (!(r->mask & 0x38)) {
		out->reg = (modrm >> 3) & 7;
		if (!segment)
			out->reg |= (out->rex & 4) << 1;
	}
	if (modrm < 0xc0 && !(r->flags & NOMOD))
		return take_memory(s, modrm, out);
	out->rm = (modrm & 7) | (out->rex & 1) << 3;
	return SENS_OK;
}

static int take_immediate(struct stream *s, enum imm imm, struct sens_insn *out)
{
	int error = SENS_OK;

	switch (imm) {
	case IMM_0:
		return SENS_OK;
	case IMM_B:
		error = take(s, 1, &out->imm);
		break;
	case IMM_UB:
		error = take(s, 1, &out->imm);
		out->imm &= 0xff;
		break;
	case IMM_UW:
		error = take(s, 2, &out->imm);
		out->imm &= 0xffff;
		break;
	case IMM_Z:
		error = take(s, out->op_size == 2 ? 2 : 4, &out->imm);
		break;
	case IMM_MOFFS:
		out->is_mem = 1;
		out->scale = 1;
		out->reg = 0;
		return take(s, out->addr_size, &out->disp);
	}
	out->has_imm = 1;
	return error;
}

static void finish_sizes(const struct row *r, struct sens_insn *out)
{
	if ((r->flags & MEM_W) && out->is_mem)
		out->op_size = 2;
	out->src_size = out->op_size;
	if (r->flags & SRC_B)
		out->src_size = 1;
	else if (r->flags & SRC_W)
		out->src_size = 2;
	else if (r->flags & SRC_D)
		out->src_size = out->op_size == 2 ? 2 : 4;
	if (out->op_size == 1)
		high_byte(&out->reg, &out->reg_high, out->rex);
	if (out->src_size == 1 && out->rm != SENS_NOREG)
		high_byte(&out->rm, &out->rm_high, out->rex);
}

static void clear(struct sens_insn *out)
{
	*out = (struct sens_insn){
		.addr_size = 8,
		.reg = SENS_NOREG,
		.rm = SENS_NOREG,
		.base = SENS_NOREG,
		.index = SENS_NOREG,
		.segment = SENS_NOREG,
	};
}

int sens_decode(const uint8_t *p, size_t n, struct sens_insn *out)
{
	/* One byte more than allowed, to tell too long from truncated. */
	struct stream s = { .p = p, .n = n > SENS_MAX_LENGTH + 1 ? SENS_MAX_LENGTH + 1 : n };
	struct prefixes pre = { 0 };
	const struct row *r;
	enum map map;
	uint8_t op;
	int error, truncated = 0;

	clear(out);
	take_prefixes(&s, &pre, out);
	error = take_map(&s, &map, &op);
	if (error)
		goto bad;
	out->rep = pre.rep;
	r = find_row(&s, map, op, &pre, &truncated);
	if (!r) {
		error = truncated ? SENS_TRUNCATED : SENS_UNKNOWN;
		goto bad;
	}
	out->op_size = operand_size(r->size, &pre, out->rex);
	if (r->flags & MODRM)
		error = take_modrm(&s, r, out);
	if (!error)
		error = take_immediate(&s, r->imm, out);
	if (error)
		goto bad;
	if (s.pos > SENS_MAX_LENGTH) {
		clear(out);
		return SENS_TOO_LONG;
	}
	if (r->kind == SENS_PUSHSEG || r->kind == SENS_POPSEG)
		out->reg = (op >> 3) & 7; /* 0F A0, A1: FS; 0F A8, A9: GS */
	finish_sizes(r, out);
	out->mem_dest = !!(r->flags & DEST);
	out->kind = r->kind;
	out->len = s.pos;
	return SENS_OK;
bad:
	clear(out);
	return error == SENS_TRUNCATED && n > SENS_MAX_LENGTH ? SENS_TOO_LONG : error;
}

uint64_t sens_ea(const struct sens_insn *insn, const uint64_t regs[16], uint64_t next_rip,
		 uint64_t fs_base, uint64_t gs_base)
{
	uint64_t ea = (uint64_t)insn->disp;

	if (insn->base != SENS_NOREG)
		ea += regs[insn->base];
	if (insn->index != SENS_NOREG)
		ea += regs[insn->index] * insn->scale;
	if (insn->rip_rel)
		ea += next_rip;
	if (insn->addr_size == 4)
		ea = (uint32_t)ea;
	if (insn->segment == 4)
		ea += fs_base;
	else if (insn->segment == 5)
		ea += gs_base;
	return ea;
}

/* 90, and 0F 1F /0 with any memory operand, behind any number of 66 and 2E. */
size_t sens_nop_length(const uint8_t *p, size_t n)
{
	struct stream s = { .p = p, .n = n };
	struct sens_insn operand;
	uint8_t op;

	clear(&operand);
	while (s.pos < n && (p[s.pos] == 0x66 || p[s.pos] == 0x2e))
		s.pos++;
	if (s.pos >= n)
		return 0;
	op = p[s.pos++];
	if (op == 0x90)
		return s.pos;
	if (op != 0x0f || n - s.pos < 2 || p[s.pos++] != 0x1f)
		return 0;
	if (p[s.pos] >= 0xc0 || (p[s.pos] & 0x38))
		return 0;
	s.pos++;
	if (take_memory(&s, p[s.pos - 1], &operand))
		return 0;
	return s.pos > SENS_MAX_LENGTH ? 0 : s.pos;
}

#ifdef NAMES
const char *sens_kind_name(enum sens_kind kind)
{
	return (unsigned int)kind < SENS_KINDS ? names[kind] : "?";
}

const char *sens_kind_section(enum sens_kind kind)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].kind == kind)
			return rows[i].section;
	return NULL;
}
#endif
