// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * access.c - how many bytes of memory an instruction accesses.
 *
 * Runs: monitor. Only for instructions that a CPU has just begun to execute, so what is
 * undefined need not be known (SDM vol. 2 chapter 2 and the opcode maps of appendix A).
 * tests/unit/test_access.c compares it with Zydis.
 *
 * Must hold: no byte behind the n known ones is read.
 */
#include "access.h"

#define XSAVE_ALWAYS 576u /* legacy region and header */

struct insn {
	const uint8_t *p;
	size_t n, at;
	int compat, opsize, rep, rex_w, vex;
	unsigned int vector; /* bytes of its length */
	uint8_t op;
};

static uint8_t next(struct insn *in)
{
	return in->at < in->n ? in->p[in->at++] : 0;
}

/* The field of a ModRM byte that stands behind the opcode. */
static unsigned int reg_field(const struct insn *in)
{
	return in->at < in->n ? in->p[in->at] >> 3 & 7 : 0;
}

static unsigned int operand(const struct insn *in)
{
	return in->rex_w ? 8 : in->opsize ? 2 : 4;
}

static unsigned int stack(const struct insn *in)
{
	return in->opsize && !in->rex_w ? 2 : in->compat ? 4 : 8;
}

/* 4 or 8, as REX.W, VEX.W or EVEX.W says. */
static unsigned int element(const struct insn *in)
{
	return in->rex_w ? 8 : 4;
}

/* The same of what is or could be a general register. */
static unsigned int word(const struct insn *in)
{
	return in->rex_w && !in->compat ? 8 : 4;
}

/* Near calls, returns and jumps through memory: always 64 bits in 64-bit code. */
static unsigned int near(const struct insn *in)
{
	return in->compat ? stack(in) : 8;
}

static unsigned int x87(const struct insn *in)
{
	static const uint8_t size[8][8] = {
		/* d8 */ { 4, 4, 4, 4, 4, 4, 4, 4 },
		/* d9 */ { 4, 1, 4, 4, 28, 2, 28, 2 },
		/* da */ { 4, 4, 4, 4, 4, 4, 4, 4 },
		/* db */ { 4, 4, 4, 4, 1, 10, 1, 10 },
		/* dc */ { 8, 8, 8, 8, 8, 8, 8, 8 },
		/* dd */ { 8, 8, 8, 8, 108, 1, 108, 2 },
		/* de */ { 2, 2, 2, 2, 2, 2, 2, 2 },
		/* df */ { 2, 2, 2, 2, 10, 8, 10, 8 },
	};
	unsigned int n = size[in->op & 7][reg_field(in)];

	return n >= 28 && in->opsize && !in->rex_w ? n - 14
						   : n; /* the environment in its 16-bit form */
}

static unsigned int group_ff(const struct insn *in)
{
	switch (reg_field(in)) {
	case 0:
	case 1:
		return operand(in);
	case 2:
	case 4:
		return near(in);
	case 3:
	case 5: /* far */
		return operand(in) + 2;
	default:
		return stack(in);
	}
}

static unsigned int one_byte(const struct insn *in)
{
	const uint8_t op = in->op;

	if (op < 0x40 && (op & 7) < 4)
		return op & 1 ? operand(in) : 1;
	if (op >= 0xd8 && op < 0xe0)
		return x87(in);
	switch (op) {
	case 0x60: /* PUSHA, POPA */
	case 0x61:
		return 8 * stack(in);
	case 0x62: /* BOUND */
		return 2 * operand(in);
	case 0x63:
		return in->compat ? 2 : 4; /* ARPL, MOVSXD */
	case 0x6d:
	case 0x6f:
		return in->opsize && !in->rex_w ? 2 : 4;
	case 0x9a: /* a far call */
		return 2 * stack(in);
	case 0xc2:
	case 0xc3:
	case 0xe8:
		return near(in);
	case 0x69:
	case 0x6b:
	case 0x81:
	case 0x83:
	case 0x85:
	case 0x87:
	case 0x89:
	case 0x8b:
	case 0xa1:
	case 0xa3:
	case 0xa5:
	case 0xa7:
	case 0xab:
	case 0xad:
	case 0xaf:
	case 0xc1:
	case 0xc7:
	case 0xd1:
	case 0xd3:
	case 0xf7:
		return operand(in);
	case 0x8c:
	case 0x8e:
		return 2;
	case 0xc4: /* LES, LDS */
	case 0xc5:
		return operand(in) + 2;
	case 0xca:
	case 0xcb:
		return 2 * operand(in);
	case 0xcf:
		return (in->compat ? 3 : 5) * operand(in);
	case 0xff:
		return group_ff(in);
	}
	if (op < 0x40 || (op >= 0x50 && op < 0x60) || op == 0x68 || op == 0x6a || op == 0x8f ||
	    op == 0x9c || op == 0x9d || op == 0xc8 || op == 0xc9)
		return stack(in);
	return 1;
}

/* A vector of the instruction's length; MMX where no prefix says SSE. */
static unsigned int mmx(const struct insn *in)
{
	return in->opsize || in->rep || in->vex ? in->vector : 8;
}

/* F3: single; F2: double; else the whole vector. */
static unsigned int scalar(const struct insn *in)
{
	return in->rep == 0xf3 ? 4 : in->rep == 0xf2 ? 8 : in->vector;
}

/* 0F AE and 0F C7: by the ModRM's field. */
static unsigned int group_15(const struct insn *in)
{
	switch (reg_field(in)) {
	case 0:
	case 1:
		return 512;
	case 2:
	case 3:
		return 4;
	case 7:
		return 1;
	default:
		return in->rep == 0xf3 ? word(in) : in->opsize ? 1 : XSAVE_ALWAYS;
	}
}

static unsigned int group_9(const struct insn *in)
{
	unsigned int reg = reg_field(in);

	if (reg == 1)
		return in->rex_w ? 16 : 8;
	return reg >= 3 && reg <= 5 ? XSAVE_ALWAYS : 8;
}

static unsigned int convert(const struct insn *in)
{
	switch (in->op) {
	case 0x2a:
		return in->rep ? word(in) : 8;
	case 0x2c:
	case 0x2d:
		return in->rep == 0xf3 ? 4 : in->rep == 0xf2 ? 8 : in->opsize ? 16 : 8;
	case 0x5a:
		return in->rep ? scalar(in) : in->opsize ? in->vector : in->vector / 2;
	case 0xe6:
		return in->rep == 0xf3 ? in->vector / 2 : in->vector;
	default:
		return in->opsize ? 8 : 4; /* 2e, 2f */
	}
}

/* The second opcode byte, behind 0F, of what is no vector instruction. */
static unsigned int two_bytes_integer(const struct insn *in)
{
	const uint8_t op = in->op;

	if (op >= 0x40 && op < 0x50)
		return operand(in);
	switch (op) {
	case 0x00:
		return 2;
	case 0x01:
		return reg_field(in) < 4 ? (in->compat ? 6 : 10) : 2;
	case 0x02:
	case 0x03:
	case 0xb7:
	case 0xbf:
		return 2;
	case 0xa0:
	case 0xa1:
	case 0xa8:
	case 0xa9:
		return stack(in);
	case 0xae:
		return group_15(in);
	case 0xb2:
	case 0xb4:
	case 0xb5:
		return operand(in) + 2;
	case 0xc7:
		return group_9(in);
	case 0xa3:
	case 0xa4:
	case 0xa5:
	case 0xab:
	case 0xac:
	case 0xad:
	case 0xaf:
	case 0xb1:
	case 0xb3:
	case 0xb8:
	case 0xba:
	case 0xbb:
	case 0xbc:
	case 0xbd:
	case 0xc1:
	case 0xc3:
		return operand(in);
	default:
		return 1;
	}
}

static unsigned int mask_move(const struct insn *in) /* KMOV */
{
	return in->rex_w ? (in->opsize ? 4 : 8) : in->opsize ? 1 : 2;
}

static unsigned int two_bytes(const struct insn *in)
{
	const uint8_t op = in->op;

	switch (op) {
	case 0x12:
	case 0x16:
		if (in->rep)
			return in->rep == 0xf2 && in->vector == 16 ? 8 : in->vector;
		return 8;
	case 0x13:
	case 0x17:
	case 0xd6:
		return 8;
	case 0x2a:
	case 0x2c:
	case 0x2d:
	case 0x2e:
	case 0x2f:
	case 0x5a:
	case 0xe6:
		return convert(in);
	case 0x10:
	case 0x11:
	case 0x51:
	case 0x52:
	case 0x53:
	case 0x58:
	case 0x59:
	case 0x5c:
	case 0x5d:
	case 0x5e:
	case 0x5f:
	case 0xc2:
		return scalar(in);
	case 0x60:
	case 0x61:
	case 0x62:
		return in->opsize || in->vex ? in->vector : 4;
	case 0x6e:
		return word(in);
	case 0x7e:
		return in->rep == 0xf3 ? 8 : word(in);
	case 0x90:
	case 0x91:
		return in->vex ? mask_move(in) : 1;
	case 0xc4:
		return 2;
	case 0xd1:
	case 0xd2:
	case 0xd3:
	case 0xe1:
	case 0xe2:
	case 0xf1:
	case 0xf2:
	case 0xf3:
		return in->opsize || in->vex ? 16 : 8; /* shifts: the count */
	case 0x14:
	case 0x15:
	case 0x28:
	case 0x29:
	case 0x2b:
	case 0x54:
	case 0x55:
	case 0x56:
	case 0x57:
	case 0x5b:
	case 0xc6:
		return in->vector;
	}
	if ((op >= 0x60 && op < 0x80) || op >= 0xd0)
		return mmx(in);
	return two_bytes_integer(in);
}

static unsigned int map_38(const struct insn *in)
{
	static const uint8_t part[6] = { 2, 4, 8, 2, 4, 2 }; /* PMOVSX, PMOVZX */
	const uint8_t op = in->op;

	if (op < 0x0c || (op >= 0x1c && op < 0x1f))
		return mmx(in);
	if ((op >= 0x20 && op < 0x26) || (op >= 0x30 && op < 0x36))
		return in->vector / part[op & 15];
	if (op >= 0x90 && op < 0x94)
		return element(in);
	/* FMA: the odd ones from 9 on are scalar */
	if (op >= 0x96 && op < 0xc0 && (op & 15) >= 6)
		return (op & 15) >= 9 && (op & 1) ? element(in) : in->vector;
	switch (op) {
	case 0x13: /* VCVTPH2PS */
		return in->vector / 2;
	case 0x18:
	case 0x58:
		return 4;
	case 0x19:
	case 0x59:
		return 8;
	case 0x1a:
	case 0x5a:
	case 0xc8:
	case 0xc9:
	case 0xca:
	case 0xcb:
	case 0xcc:
	case 0xcd:
	case 0xdb:
		return 16;
	case 0x1b:
	case 0x5b:
		return 32;
	case 0x78:
		return 1;
	case 0x79:
		return 2;
	case 0xf0:
		return in->rep == 0xf2 ? 1 : operand(in);
	case 0xf1:
		return operand(in);
	case 0xf2:
	case 0xf3:
	case 0xf5:
	case 0xf6:
	case 0xf7:
	case 0xf9:
		return word(in);
	case 0xf8:
		return 64;
	}
	return in->vector;
}

static unsigned int map_3a(const struct insn *in)
{
	if (in->op >= 0x68 && in->op < 0x80 && (in->op & 2)) /* FMA4, scalar */
		return in->op & 1 ? 8 : 4;
	switch (in->op) {
	case 0x0a:
	case 0x17:
	case 0x21:
		return 4;
	case 0x0b:
		return 8;
	case 0x0f:
		return mmx(in);
	case 0x14:
	case 0x20:
		return 1;
	case 0x15:
		return 2;
	case 0x16:
	case 0x22:
	case 0xf0:
		return word(in);
	case 0x18:
	case 0x19:
	case 0x38:
	case 0x39:
		return 16;
	case 0x1d:
		return in->vector / 2;
	case 0x1a:
	case 0x1b:
	case 0x3a:
	case 0x3b:
		return 32;
	}
	return in->vector;
}

static unsigned int by_map(struct insn *in, unsigned int map)
{
	in->op = next(in);
	switch (map) {
	case 1:
		return two_bytes(in);
	case 2:
		return map_38(in);
	case 3:
		return map_3a(in);
	default: /* AVX512-FP16 */
		return in->vector;
	}
}

static void set_pp(struct insn *in, uint8_t pp)
{
	in->opsize = pp == 1;
	in->rep = pp == 2 ? 0xf3 : pp == 3 ? 0xf2 : 0;
	in->vex = 1;
}

/* VEX of two (C5) and three (C4) bytes, EVEX (62): SDM vol. 2 2.3.5, 2.7.1. */
static unsigned int vex(struct insn *in, uint8_t b)
{
	uint8_t p0 = b == 0xc5 ? 0xe1 : next(in), p1 = next(in), p2 = b == 0x62 ? next(in) : 0;
	unsigned int map = p0 & (b == 0x62 ? 7 : 31);

	set_pp(in, p1 & 3);
	in->rex_w = b != 0xc5 && (p1 & 0x80);
	in->vector = b == 0x62 ? 16u << (p2 >> 5 & 3) : p1 & 4 ? 32 : 16;
	if (b == 0x62 && (p2 & 0x10)) /* one element, for all */
		return element(in);
	return by_map(in, map);
}

/* C4, C5 and 62 are other instructions of 32-bit code where a ModRM's mod would not be 3. */
static int is_vex(const struct insn *in, uint8_t b)
{
	if (b != 0xc4 && b != 0xc5 && b != 0x62)
		return 0;
	return !in->compat || (in->at < in->n && in->p[in->at] >= 0xc0);
}

/* To behind the prefixes and the first byte of the opcode, which is returned. */
static uint8_t begin(struct insn *in)
{
	uint8_t b, rex = 0;

	for (;;) {
		b = next(in);
		if (!in->compat && (b & 0xf0) == 0x40) {
			rex = b;
			continue;
		}
		if (b == 0x66)
			in->opsize = 1;
		else if (b == 0xf2 || b == 0xf3)
			in->rep = b;
		else if (b != 0x67 && b != 0xf0 && b != 0x26 && b != 0x2e && b != 0x36 &&
			 b != 0x3e && b != 0x64 && b != 0x65)
			break;
		rex = 0; /* it counts right before the opcode only */
	}
	in->rex_w = rex >> 3 & 1;
	return b;
}

unsigned int access_size(const uint8_t *p, size_t n, int compat)
{
	struct insn in = { .p = p, .n = n, .compat = compat, .vector = 16 };
	uint8_t b;

	if (!n)
		return 1;
	b = begin(&in);
	if (is_vex(&in, b))
		return vex(&in, b);
	in.op = b;
	if (b != 0x0f)
		return one_byte(&in);
	in.op = next(&in);
	if (in.op == 0x38)
		return by_map(&in, 2);
	if (in.op == 0x3a)
		return by_map(&in, 3);
	return two_bytes(&in);
}

int access_is_cmps(const uint8_t *p, size_t n, int compat)
{
	struct insn in = { .p = p, .n = n, .compat = compat };

	return (begin(&in) & 0xfe) == 0xa6;
}
