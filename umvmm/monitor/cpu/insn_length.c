// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * insn_length.c - how long an instruction of 64-bit code is.
 *
 * Runs: monitor. Only lengths: prefixes, opcode, ModRM, SIB, displacement and immediate
 * (SDM vol. 2 chapter 2 and the opcode maps of appendix A). tests/unit/test_site_shape.c
 * compares it with Zydis.
 *
 * Must hold: the bytes are a guest user's and may be anything; no byte behind the n known
 * ones is read.
 */
#include "insn_length.h"

/* What follows an opcode. */
enum follows {
	NONE,
	BAD,   /* undefined in 64-bit mode */
	M,     /* ModRM */
	I8,    /* an immediate or offset of 8 bits */
	IZ,    /* of 16 bits with prefix 66, else 32 */
	I32,   /* always 32: near branches */
	I16,
	IV,    /* as IZ, 64 with REX.W */
	I24,   /* ENTER */
	MOFFS, /* an address */
	MI8,
	MIZ,
	GRP3B, /* F6: the first two of the group have an immediate */
	GRP3Z, /* F7 */
};

/* Opcodes 00 to 3F are eight rows like this; 26, 2E, 36, 3E and 0F are not looked up. */
static const uint8_t arithmetic[8] = { M, M, M, M, I8, IZ, BAD, BAD };

static const uint8_t one_byte[0xc0] = {
	/* 40: REX */ BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	/* 48: REX */ BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD,
	/* 50 */ NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
	/* 58 */ NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
	/* 60 */ BAD, BAD, BAD, M, BAD, BAD, BAD, BAD,
	/* 68 */ IZ, MIZ, I8, MI8, NONE, NONE, NONE, NONE,
	/* 70 */ I8, I8, I8, I8, I8, I8, I8, I8,
	/* 78 */ I8, I8, I8, I8, I8, I8, I8, I8,
	/* 80 */ MI8, MIZ, BAD, MI8, M, M, M, M,
	/* 88 */ M, M, M, M, M, M, M, M,
	/* 90 */ NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
	/* 98 */ NONE, NONE, BAD, NONE, NONE, NONE, NONE, NONE,
	/* a0 */ MOFFS, MOFFS, MOFFS, MOFFS, NONE, NONE, NONE, NONE,
	/* a8 */ I8, IZ, NONE, NONE, NONE, NONE, NONE, NONE,
	/* b0 */ I8, I8, I8, I8, I8, I8, I8, I8,
	/* b8 */ IV, IV, IV, IV, IV, IV, IV, IV,
	/* c0 */ MI8, MI8, I16, NONE, BAD, BAD, MI8, MIZ,
	/* c8 */ I24, NONE, I16, NONE, NONE, I8, BAD, NONE,
	/* d0 */ M, M, M, M, BAD, BAD, BAD, NONE,
	/* d8 */ M, M, M, M, M, M, M, M,
	/* e0 */ I8, I8, I8, I8, I8, I8, I8, I8,
	/* e8 */ I32, I32, BAD, I8, NONE, NONE, NONE, NONE,
	/* f0 */ BAD, NONE, BAD, BAD, NONE, NONE, GRP3B, GRP3Z,
	/* f8 */ NONE, NONE, NONE, NONE, NONE, NONE, M, M,
};

struct insn {
	const uint8_t *p;
	size_t n, at;
	int opsize, addr32, rex_w, rep;
};

static int follows_one(uint8_t op)
{
	return op < 0x40 ? arithmetic[op & 7] : one_byte[op - 0x40];
}

/* The second opcode byte behind 0F. */
static int follows_two(uint8_t op, const struct insn *in)
{
	if (op >= 0x80 && op < 0x90)
		return I32;
	if (op >= 0xc8 && op < 0xd0)
		return NONE;
	if ((op >= 0x30 && op < 0x38) || (op >= 0x05 && op <= 0x09))
		return op == 0x36 ? BAD : NONE;
	if (op >= 0x70 && op < 0x74)
		return MI8;
	if (op >= 0x20 && op < 0x24) /* control and debug registers: ModRM.mod is ignored */
		return I8;
	switch (op) {
	case 0x04:
	case 0x0a:
	case 0x0c:
	case 0x0f: /* 3DNow! */
	case 0x24:
	case 0x25:
	case 0x26:
	case 0x27:
	case 0x39:
	case 0x3b:
	case 0x3c:
	case 0x3d:
	case 0x3e:
	case 0x3f:
	case 0xa6:
	case 0xa7:
		return BAD;
	case 0x0b:
	case 0x0e:
	case 0x77:
	case 0xa0:
	case 0xa1:
	case 0xa2:
	case 0xa8:
	case 0xa9:
	case 0xaa:
		return NONE;
	case 0x78: /* EXTRQ and INSERTQ of AMD; else VMREAD */
		return in->opsize || in->rep == 0xf2 ? BAD : M;
	case 0xa4:
	case 0xac:
	case 0xba:
	case 0xc2:
	case 0xc4:
	case 0xc5:
	case 0xc6:
		return MI8;
	default:
		return M;
	}
}

size_t insn_modrm_length(const uint8_t *p, size_t n)
{
	size_t len = 1, disp = 0;
	uint8_t mod, rm;
	if (n < 1)
		return 0;
	mod = p[0] >> 6;
	rm = p[0] & 7;
	if (mod == 3)
		return 1;
	if (rm == 4) {
		if (n < 2)
			return 0;
		len = 2;
		rm = p[1] & 7;
	}
	if (mod == 1)
		disp = 1;
	else if (mod == 2 || rm == 5)
		disp = 4;
	return len + disp <= n ? len + disp : 0;
}

/* The rest, from behind the opcode on. */
static size_t finish(struct insn *in, int follows)
{
	const size_t z = in->opsize && !in->rex_w ? 2 : 4;
	size_t modrm = 0, imm = 0;
	uint8_t reg = 0;

	if (follows == BAD)
		return 0;
	if (follows == M || follows >= MI8) {
		modrm = insn_modrm_length(in->p + in->at, in->n - in->at);
		if (!modrm)
			return 0;
		reg = in->p[in->at] >> 3 & 7;
	}
	switch (follows) {
	case I8:
	case MI8:
		imm = 1;
		break;
	case I16:
		imm = 2;
		break;
	case I24:
		imm = 3;
		break;
	case I32:
		imm = 4;
		break;
	case IZ:
	case MIZ:
		imm = z;
		break;
	case IV:
		imm = in->rex_w ? 8 : z;
		break;
	case MOFFS:
		imm = in->addr32 ? 4 : 8;
		break;
	case GRP3B:
		imm = reg < 2 ? 1 : 0;
		break;
	case GRP3Z:
		imm = reg < 2 ? z : 0;
		break;
	}
	in->at += modrm + imm;
	return in->at <= in->n && in->at <= INSN_MAX ? in->at : 0;
}

/* VEX and EVEX: the map, then as the opcode of that map. */
static size_t vector(struct insn *in, unsigned int map, size_t prefix)
{
	uint8_t op;

	in->at += prefix;
	if (in->at >= in->n)
		return 0;
	op = in->p[in->at++];
	switch (map) {
	case 1:
		if (op == 0x77)
			return finish(in, NONE);
		return finish(in, (op >= 0x70 && op < 0x74) || op == 0xc2 ||
						  (op >= 0xc4 && op <= 0xc6) ?
					  MI8 :
					  M);
	case 3:
		return finish(in, MI8);
	default:
		return finish(in, M);
	}
}

size_t insn_length(const uint8_t *p, size_t n)
{
	struct insn in = { .p = p, .n = n < INSN_MAX ? n : INSN_MAX };
	uint8_t b, rex = 0;

	for (;; in.at++) {
		if (in.at >= in.n)
			return 0;
		b = p[in.at];
		if ((b & 0xf0) == 0x40) {
			rex = b;
			continue;
		}
		if (b == 0x66)
			in.opsize = 1;
		else if (b == 0x67)
			in.addr32 = 1;
		else if (b == 0xf2 || b == 0xf3)
			in.rep = b;
		else if (b != 0xf0 && b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e &&
			 b != 0x64 && b != 0x65)
			break;
		rex = 0; /* it counts right before the opcode only */
	}
	in.rex_w = rex >> 3 & 1;
	in.at++;
	if (in.at < in.n && b == 0xc5)
		return vector(&in, 1, 1);
	if (in.at < in.n && b == 0xc4)
		return vector(&in, p[in.at] & 31, 2);
	if (in.at < in.n && b == 0x62)
		return vector(&in, p[in.at] & 7, 3);
	if (b != 0x0f)
		return finish(&in, follows_one(b));
	if (in.at >= in.n)
		return 0;
	b = p[in.at++];
	if (b == 0x38 || b == 0x3a) {
		in.at++;
		return in.at <= in.n ? finish(&in, b == 0x38 ? M : MI8) : 0;
	}
	return finish(&in, follows_two(b, &in));
}
