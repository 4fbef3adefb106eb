// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_shape.c - which code around a SYSCALL can become a jump, and to what bytes.
 *
 * Runs: monitor. docs/syscall-sites.md tells what the shapes are and why they are safe.
 *
 * Must hold: what is behind the SYSCALL stays as it is, as the guest's kernel returns
 * there, and to the SYSCALL itself where it restarts a call. A jump to an instruction that
 * is displaced meets bytes that are undefined as an opcode, so that it is noticed.
 * Instructions are displaced only as listed in `simple`, and where their boundaries are
 * certain.
 */
#include "cpu/insn_length.h"
#include "site_shape.h"

#define NR_rt_sigreturn 15

#define PREFIX_FS  0x64
#define REX_W	   0x48
#define JUMP_SHORT 0xeb
#define INT3	   0xcc
#define INTO	   0xce /* undefined in 64-bit mode */

/*
 * jmp *disp32: FF /4 with a SIB byte that says neither base nor index. Its scale counts
 * for nothing then; with this one the byte is, as an opcode, a prefix (GS), so that a jump
 * to it goes on with the slot's first byte, which is no opcode.
 */
#define JUMP_MODRM 0x24
#define JUMP_SIB   0x65

/* ---- where instructions begin ---- */

/* What a branch with an offset goes to, from the window's start on; -1 if it is none. */
static int64_t branch_target(const struct shape_text *t, uint32_t i)
{
	const uint8_t *p = t->code + i;
	uint32_t len = t->length[i];
	int32_t rel;

	if (len == 2 && ((p[0] & 0xf0) == 0x70 || p[0] == JUMP_SHORT || (p[0] & 0xfc) == 0xe0))
		return (int64_t)i + len + (int8_t)p[1];
	if (!((len == 5 && (p[0] & 0xfe) == 0xe8) ||
	      (len == 6 && p[0] == 0x0f && (p[1] & 0xf0) == 0x80)))
		return -1;
	p += len - 4;
	rel = (int32_t)(p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
	return (int64_t)i + len + rel;
}

/*
 * Code can only be read forwards. So it is read from each of the window's first bytes: one
 * of these begins an instruction. After a few instructions all readings agree. A place is
 * certain if each reading that gets so far has an instruction that begins there.
 */
void shape_read(struct shape_text *t)
{
	uint32_t i, far = 0; /* end of what overlaps i */
	int64_t to;

	for (i = 0; i < t->len; i++) {
		t->length[i] = 0;
		t->certain[i] = 0;
		t->target[i] = 0;
	}
	/* meanwhile `certain` means that some reading has it */
	for (i = 0; i < t->len; i++) {
		int reached = i < INSN_MAX || t->certain[i];

		t->certain[i] = reached && i >= INSN_MAX && far <= i;
		if (!reached)
			continue;
		t->length[i] = (uint8_t)insn_length(t->code + i, t->len - i);
		if (!t->length[i])
			continue;
		if (i + t->length[i] > far)
			far = i + t->length[i];
		if (i + t->length[i] < t->len)
			t->certain[i + t->length[i]] = 1;
		to = branch_target(t, i);
		if (to >= 0 && to < t->len)
			t->target[to] = 1;
	}
}

/* ---- shapes ---- */

/* Is it all in the SYSCALL's page? */
static int in_page(const struct shape_text *t, int from, uint32_t size)
{
	return from >= (int)t->page && from + (int)size <= (int)t->page_end;
}

static int same(const uint8_t *p, const uint8_t *q, uint32_t n)
{
	while (n--)
		if (*p++ != *q++)
			return 0;
	return 1;
}

/* Does an instruction that begins before reach over the byte at i? */
static int is_overlapped(const struct shape_text *t, uint32_t i)
{
	uint32_t k;

	for (k = i < INSN_MAX ? 0 : i - INSN_MAX; k < i; k++)
		if (t->certain[k] && k + t->length[k] > i)
			return 1;
	return 0;
}

/* The register says that the mov was executed: nobody has jumped over it. */
int shape_number(const struct shape_text *t, uint32_t nr, struct shape *s)
{
	const uint8_t code[] = { 0xb8, (uint8_t)nr, (uint8_t)(nr >> 8), (uint8_t)(nr >> 16),
				 (uint8_t)(nr >> 24) };

	if (!in_page(t, (int)t->at - (int)sizeof(code), SHAPE_JUMP) ||
	    !same(t->code + t->at - sizeof(code), code, sizeof(code)) ||
	    is_overlapped(t, t->at - sizeof(code)))
		return -1;
	*s = (struct shape){ .kind = SHAPE_NUMBER, .group = sizeof(code) };
	return 0;
}

/* A nop of nine bytes or more: 66 and 2e prefixes, 0f 1f 84 00 00 00 00 00. */
static int is_long_nop(const uint8_t *p, uint32_t len)
{
	static const uint8_t nop[] = { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	uint32_t i;

	if (len <= sizeof(nop))
		return 0;
	for (i = 0; i < len - sizeof(nop); i++)
		if (p[i] != 0x66 && p[i] != 0x2e)
			return 0;
	return same(p + i, nop, sizeof(nop));
}

/* The same nine INT3, of which the first stays in front of the jump and the last behind. */
static int is_int3s(const struct shape_text *t, uint32_t at)
{
	uint32_t i;

	if (at < 1 || at + SHAPE_JUMP + 1 > t->len)
		return 0;
	for (i = at - 1; i < at + SHAPE_JUMP + 1; i++)
		if (t->code[i] != INT3 || !t->certain[i])
			return 0;
	return 1;
}

int shape_pad(const struct shape_text *t, int from, struct shape *s)
{
	const int at = (int)t->at;
	int i, distance;

	if (!in_page(t, at, SYSCALL_SIZE))
		return -1;
	for (i = (int)t->page; i < (int)t->page_end; i++) {
		uint32_t nop = t->certain[i] && is_long_nop(t->code + i, t->length[i]);
		int jump = i + (nop ? (int)SHAPE_SKIP : 0);

		distance = jump - (at + (int)SYSCALL_SIZE);
		if (jump - at < from || distance < -128)
			continue;
		if (distance > 127)
			break;
		if (!(nop ? in_page(t, i, t->length[i]) :
			    is_int3s(t, (uint32_t)i) && in_page(t, i - 1, SHAPE_JUMP + 2)))
			continue;
		*s = (struct shape){ .kind = SHAPE_PAD, .jump = (int16_t)(jump - at),
				     .nop = nop ? t->length[i] : 0 };
		return 0;
	}
	return -1;
}

/*
 * Instructions that do the same anywhere: with a REX prefix and one for FS, or none.
 * What they find in memory may fault; then they are executed at their own place.
 */
#define ANY   0xff /* of the digits /0 to /7 in ModRM */
#define PLAIN 0	   /* no ModRM */

static const struct {
	uint8_t first, last; /* opcodes */
	uint8_t digits;	     /* a bit for each */
} simple[] = {
	/* SDM vol. 2 */
	{ 0x00, 0x03, ANY },   /* ADD */
	{ 0x08, 0x0b, ANY },   /* OR */
	{ 0x20, 0x23, ANY },   /* AND */
	{ 0x28, 0x2b, ANY },   /* SUB */
	{ 0x30, 0x33, ANY },   /* XOR */
	{ 0x38, 0x3b, ANY },   /* CMP */
	{ 0x63, 0x63, ANY },   /* MOVSXD */
	{ 0x80, 0x81, ANY },   /* these, immediate */
	{ 0x83, 0x83, ANY },
	{ 0x84, 0x85, ANY },   /* TEST */
	{ 0x88, 0x8b, ANY },   /* MOV */
	{ 0x8d, 0x8d, ANY },   /* LEA */
	{ 0xb0, 0xbf, PLAIN }, /* MOV, immediate */
	{ 0xc0, 0xc1, ANY },   /* shifts */
	{ 0xc6, 0xc7, 1 },     /* MOV, immediate */
	{ 0xd0, 0xd1, ANY },   /* shifts by 1 */
	{ 0xf6, 0xf7, 0x0d },  /* TEST, NOT, NEG */
}, simple_0f[] = {
	{ 0x40, 0x4f, ANY },   /* CMOVcc */
	{ 0xb6, 0xb7, ANY },   /* MOVZX */
	{ 0xbe, 0xbf, ANY },   /* MOVSX */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int is_simple(const uint8_t *p, uint32_t len)
{
	uint32_t i = 0, k, digits = 0, found = 0;
	uint8_t op;

	if (p[i] == PREFIX_FS)
		i++;
	if ((p[i] & 0xf0) == 0x40)
		i++;
	op = p[i++];
	if (op == 0x0f) {
		op = p[i++];
		for (k = 0; k < COUNT(simple_0f); k++)
			if (op >= simple_0f[k].first && op <= simple_0f[k].last) {
				digits = simple_0f[k].digits;
				found = 1;
			}
	} else {
		for (k = 0; k < COUNT(simple); k++)
			if (op >= simple[k].first && op <= simple[k].last) {
				digits = simple[k].digits;
				found = 1;
			}
	}
	if (!found || i > len)
		return 0;
	if (digits == PLAIN)
		return 1;
	if (i >= len || !(digits >> (p[i] >> 3 & 7) & 1))
		return 0;
	return (p[i] & 0xc7) != 0x05; /* not relative to RIP */
}

/* The bytes in front of the jump, within a group's place. */
static uint32_t jump_prefixes(uint32_t group)
{
	return group == SHAPE_JUMP - 1 ? 1 : 0;
}

/* Where an instruction of a group may begin, from its start on: what is there afterwards? */
static int is_noticed(uint32_t group, uint32_t i)
{
	i -= jump_prefixes(group);
	return i == 2 || i == 3 || i == 5 || i >= SHAPE_JUMP;
}

int shape_group(const struct shape_text *t, struct shape *s)
{
	uint32_t group, i;

	for (group = SHAPE_JUMP - SYSCALL_SIZE; group <= SHAPE_GROUP_MAX; group++) {
		uint32_t start = t->at - group;

		if (group > t->at || !in_page(t, (int)start, group + SYSCALL_SIZE))
			return -1;
		if (!t->certain[start])
			continue;
		for (i = start; i < t->at; i += t->length[i])
			if (!t->length[i] || !is_simple(t->code + i, t->length[i]) ||
			    (i != start && (!t->certain[i] || t->target[i] ||
					    !is_noticed(group, i - start))))
				break;
		if (i != t->at || !t->certain[i] || (group < SHAPE_JUMP && t->target[i]))
			continue;
		*s = (struct shape){ .kind = SHAPE_GROUP, .group = (uint8_t)group };
		return 0;
	}
	return -1;
}

/*
 * Unwinders that find no table for the address to which a signal handler returns look for
 * the bytes "mov $15, %rax; syscall" (GCC's config/i386/linux-unwind.h, libunwind, gdb). The
 * GNU C library's has a table; it is aligned, behind zeros or a nop that ends in them.
 */
int shape_is_landmark(const struct shape_text *t, uint32_t nr)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, NR_rt_sigreturn, 0, 0, 0 };

	if (nr != NR_rt_sigreturn)
		return 0;
	return t->at <= sizeof(code) || !same(t->code + t->at - sizeof(code), code, sizeof(code)) ||
	       (t->address - sizeof(code)) % 16 || t->code[t->at - sizeof(code) - 1];
}

/* ---- bytes ---- */

/*
 * A slot is aligned, as user code may have AC set. Of the multiples of eight 60 is no
 * opcode, and F0 is LOCK, which is undefined before what may follow: a register (mod 3 in
 * the CE behind it), what has no ModRM, or nothing.
 */
static const uint8_t slot_low[SHAPE_SLOTS_ROW] = { 0x60, 0xf0, 0x00, 0x08, 0x10, 0x18, 0x20, 0x28 };

uint32_t shape_slot(uint32_t n)
{
	return n / SHAPE_SLOTS_ROW * 256 + slot_low[n % SHAPE_SLOTS_ROW];
}

int shape_needs_guard(const struct shape *s)
{
	return s->kind == SHAPE_GROUP;
}

static void put_jump(uint8_t *p, uint32_t slot)
{
	p[0] = 0xff;
	p[1] = JUMP_MODRM;
	p[2] = JUMP_SIB;
	p[3] = (uint8_t)slot;
	p[4] = (uint8_t)(slot >> 8);
	p[5] = (uint8_t)(slot >> 16);
	p[6] = (uint8_t)(slot >> 24);
}

unsigned int shape_code(const struct shape *s, uint32_t slot, uint8_t code[SHAPE_CODE_MAX])
{
	uint32_t prefixes = jump_prefixes(s->group), i;

	if (s->kind == SHAPE_PAD) {
		code[0] = JUMP_SHORT;
		code[1] = (uint8_t)(s->jump - (int)SYSCALL_SIZE);
		return SHAPE_SKIP;
	}
	for (i = 0; i < prefixes; i++)
		code[i] = REX_W; /* changes nothing */
	put_jump(code + prefixes, slot);
	if (s->group < SHAPE_JUMP)
		return s->group + SYSCALL_SIZE;
	for (i = SHAPE_JUMP; i < s->group; i++)
		code[i] = INTO;
	return s->group; /* the SYSCALL stays */
}

unsigned int shape_pad_code(const struct shape *s, uint32_t slot,
			    uint8_t code[SHAPE_SKIP + SHAPE_JUMP], int *from)
{
	if (!s->nop) {
		*from = s->jump;
		put_jump(code, slot);
		return SHAPE_JUMP;
	}
	*from = s->jump - (int)SHAPE_SKIP;
	code[0] = JUMP_SHORT; /* whoever executes the nop goes on behind it */
	code[1] = (uint8_t)(s->nop - SHAPE_SKIP);
	put_jump(code + SHAPE_SKIP, slot);
	return SHAPE_SKIP + SHAPE_JUMP;
}
