/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_shape.h - which code around a SYSCALL can become a jump, and to what bytes.
 *
 * Runs: monitor, and tests/unit/test_site_shape.c. Pure functions of the bytes that they
 * are given. docs/syscall-sites.md tells what the shapes are and why they are safe.
 */
#ifndef MONITOR_REDIRECT_SITE_SHAPE_H
#define MONITOR_REDIRECT_SITE_SHAPE_H

#include <stdint.h>

#define SYSCALL_SIZE 2u

#define SHAPE_BEFORE 128u /* bytes of text that are looked at in front of the SYSCALL */
#define SHAPE_BEHIND 152u /* from the SYSCALL on */
#define SHAPE_WINDOW (SHAPE_BEFORE + SHAPE_BEHIND)

#define SHAPE_GROUP_MAX 17u /* bytes: a stub has room for them */
#define SHAPE_JUMP	7u  /* jmp *disp32 */
#define SHAPE_SKIP	2u  /* a short jump */
#define SHAPE_CODE_MAX	(SHAPE_GROUP_MAX + SYSCALL_SIZE)

enum shape_kind {
	SHAPE_NUMBER, /* mov $nr, %eax; syscall */
	SHAPE_GROUP,  /* other instructions in front, which the stub executes */
	SHAPE_PAD,    /* a short jump to a longer one in padding nearby */
};

struct shape {
	enum shape_kind kind;
	uint8_t group; /* bytes in front of the SYSCALL that the stub executes */
	uint8_t nop;   /* SHAPE_PAD: the padding is a nop, whose first bytes jump behind it */
	int16_t jump;  /* SHAPE_PAD: where the longer jump lies, from the SYSCALL on */
};

/* Text around a SYSCALL, and what is known of its instructions. */
struct shape_text {
	const uint8_t *code; /* len bytes */
	uint32_t len;
	uint32_t at;	   /* the SYSCALL's place among them */
	uint32_t page, page_end; /* of those in the SYSCALL's page */
	uint32_t address; /* of the SYSCALL, the low bits */
	uint8_t length[SHAPE_WINDOW];  /* of an instruction that may begin here, or 0 */
	uint8_t certain[SHAPE_WINDOW]; /* an instruction begins here, wherever one starts */
	uint8_t target[SHAPE_WINDOW];  /* of a branch among them */
};

/* Fills in the rest; the first six are there. */
void shape_read(struct shape_text *t);

/* Each 0, or -1 if the text has not that shape. */
int shape_number(const struct shape_text *t, uint32_t nr, struct shape *s);
int shape_group(const struct shape_text *t, struct shape *s);
/* The first padding whose jump lies at FROM or behind, from the SYSCALL on. */
int shape_pad(const struct shape_text *t, int from, struct shape *s);

/* SYSCALL is rt_sigreturn's, and what unwinds stacks may look for its bytes. */
int shape_is_landmark(const struct shape_text *t, uint32_t nr);

/*
 * Where slot n is in a table that begins at a multiple of 65536. The last byte of the
 * address of the first SHAPE_GUARDED of each row is no opcode: a jump into a group may
 * meet it.
 */
#define SHAPE_SLOTS	 2048u
#define SHAPE_SLOTS_ROW	 8u
#define SHAPE_GUARDED	 2u
#define SHAPE_SLOTS_SIZE (SHAPE_SLOTS / SHAPE_SLOTS_ROW * 256)
uint32_t shape_slot(uint32_t n);
/* Does it need such a slot? */
int shape_needs_guard(const struct shape *s);

/*
 * What is at the SYSCALL instead of the group and it; returns the number of bytes, the
 * first of which is the group's. slot: the address that the jump goes through.
 */
unsigned int shape_code(const struct shape *s, uint32_t slot, uint8_t code[SHAPE_CODE_MAX]);
/* SHAPE_PAD: likewise in the padding; *from is where, from the SYSCALL on. */
unsigned int shape_pad_code(const struct shape *s, uint32_t slot,
			    uint8_t code[SHAPE_SKIP + SHAPE_JUMP], int *from);

#endif
