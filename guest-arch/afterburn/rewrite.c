// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rewrite.c - replace recorded sites in place.
 *
 * Runs: freestanding in the monitor (modules), and in the loader (vmlinux).
 * Calls nothing but sens.c and note.c.
 *
 * Must hold: every form is position independent, because the guest kernel
 * copies code (ftrace trampolines, alternatives, optimised kprobes). The
 * fallback for whatever has no faster form, or no room for it, is the trapping
 * form; a site that is not exactly nops, one sensitive instruction, nops is
 * refused.
 */
#include "rewrite.h"

#include "note.h"
#include "umvmm/abi.h"

#define NO_GATE -1

#define SEG_CS 1 /* in ModRM.reg */
#define SEG_SS 2
#define SEG_FS 4
#define SEG_GS 5

/* How the afterburnt form reaches its gate. */
enum form { TRAPPING, CALL, JUMP };

struct emitter {
	uint8_t *p;
	size_t len;
	size_t pos;
};

static void emit(struct emitter *e, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		e->p[e->pos++] = bytes[i];
}

static void emit32(struct emitter *e, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		e->p[e->pos++] = v >> (8 * i);
}

#define EMIT(e, ...)                                                                             \
	do {                                                                                     \
		static const uint8_t bytes_[] = { __VA_ARGS__ };                                 \
		emit(e, bytes_, sizeof(bytes_));                                                 \
	} while (0)

/* The recommended multi-byte nops (SDM 4.3 NOP). */
static void emit_nops(struct emitter *e)
{
	static const uint8_t nops[9][9] = {
		{ 0x90 },
		{ 0x66, 0x90 },
		{ 0x0f, 0x1f, 0x00 },
		{ 0x0f, 0x1f, 0x40, 0x00 },
		{ 0x0f, 0x1f, 0x44, 0x00, 0x00 },
		{ 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
		{ 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
		{ 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
		{ 0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
	};

	while (e->pos < e->len) {
		size_t n = e->len - e->pos;

		if (n > 9)
			n = 9;
		emit(e, nops[n - 1], n);
	}
}

/* 3e e4 len, the original instruction, nops: see abi.h. */
static int emit_trap(struct emitter *e, size_t offset, const struct sens_insn *insn)
{
	uint8_t original[SENS_MAX_LENGTH];

	if (e->len < UMVMM_TRAP_HEADER + (size_t)insn->len || e->len > 0xff)
		return REWRITE_E_SHORT;
	for (size_t i = 0; i < insn->len; i++)
		original[i] = e->p[offset + i];
	EMIT(e, UMVMM_TRAP_OPCODE0, UMVMM_TRAP_OPCODE1);
	e->p[e->pos++] = e->len;
	emit(e, original, insn->len);
	emit_nops(e);
	return REWRITE_OK;
}

/* The pop that takes what pushf left, if that is what follows. */
static int pop_follows(const struct rewrite_site *s)
{
	if (s->after_len >= 1 && (s->after[0] & 0xf8) == 0x58)
		return 1;
	return s->after_len >= 2 && s->after[0] == 0x41 && (s->after[1] & 0xf8) == 0x58;
}

static int control_gate(const struct sens_insn *insn, int base)
{
	/* A called gate runs with another RSP than the instruction would see. */
	if (insn->reg > 8 || insn->rm == 4)
		return NO_GATE;
	return base + insn->reg * 16 + insn->rm;
}

/* invlpg (%reg), the only form that compilers have a reason to emit. */
static int invlpg_gate(const struct sens_insn *insn)
{
	if (insn->base >= 16 || insn->base == 4 || insn->index != SENS_NOREG || insn->disp ||
	    insn->segment != SENS_NOREG || insn->addr_size != 8)
		return NO_GATE;
	return UMVMM_GATE_INVLPG + insn->base;
}

/* mov to FS or GS from a register. */
static int segment_gate(const struct sens_insn *insn)
{
	if (insn->is_mem || insn->rm == 4 || (insn->reg != SEG_FS && insn->reg != SEG_GS))
		return NO_GATE;
	return (insn->reg == SEG_FS ? UMVMM_GATE_WRFS : UMVMM_GATE_WRGS) + insn->rm;
}

static const struct gate {
	uint8_t kind, op_size, form;
	uint16_t number;
} gates[] = {
#define X(number, name, form, label, insn, size) { SENS_##insn, size, form, number },
	UMVMM_GATES(X)
#undef X
};

/* A gate of the list; an operand in the instruction (a port, bytes to release) has none. */
static int listed_gate(const struct sens_insn *insn, enum form *form)
{
	if (insn->has_imm)
		return NO_GATE;
	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (gates[i].kind == insn->kind &&
		    (!gates[i].op_size || gates[i].op_size == insn->op_size)) {
			*form = (enum form)gates[i].form;
			return gates[i].number;
		}
	return NO_GATE;
}

/* The gate for an instruction, and how to enter it. */
static int gate_of(const struct sens_insn *insn, const struct rewrite_site *s, enum form *form)
{
	*form = CALL;
	switch (insn->kind) {
	case SENS_HLT:
		return s->after_sti ? UMVMM_GATE_STI_HLT : UMVMM_GATE_HLT;
	case SENS_INVLPG:
		return invlpg_gate(insn);
	case SENS_WRSEG:
		return segment_gate(insn);
	case SENS_RDCR:
		return control_gate(insn, UMVMM_GATE_RDCR);
	case SENS_WRCR:
		return control_gate(insn, UMVMM_GATE_WRCR);
	default:
		return listed_gate(insn, form);
	}
}

#define CLI_LENGTH    12
#define GATE_LENGTH   7
#define SWAPGS_LENGTH 58

static void emit_cli(struct emitter *e)
{
	EMIT(e, 0x48, 0xc7, 0x04, 0x25); /* movq $2, vcpu->rflags */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_RFLAGS);
	emit32(e, 2);
}

static void emit_pushf_pop(struct emitter *e)
{
	EMIT(e, 0xff, 0x34, 0x25); /* push vcpu->rflags */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_RFLAGS);
}

/* Exchanges the GS base with vcpu->kgs. No flags, no stack: either may be the user's. */
static void emit_swapgs(struct emitter *e)
{
	EMIT(e, 0x48, 0x89, 0x04, 0x25); /* mov %rax, vcpu->scr0 */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_SCR0);
	EMIT(e, 0x48, 0x89, 0x14, 0x25); /* mov %rdx, vcpu->scr1 */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_SCR1);
	EMIT(e, 0xf3, 0x48, 0x0f, 0xae, 0xc8); /* rdgsbase %rax */
	EMIT(e, 0x48, 0x8b, 0x14, 0x25); /* mov vcpu->kgs, %rdx */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_KGS);
	EMIT(e, 0x48, 0x89, 0x04, 0x25); /* mov %rax, vcpu->kgs */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_KGS);
	EMIT(e, 0xf3, 0x48, 0x0f, 0xae, 0xda); /* wrgsbase %rdx */
	EMIT(e, 0x48, 0x8b, 0x04, 0x25); /* mov vcpu->scr0, %rax */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_SCR0);
	EMIT(e, 0x48, 0x8b, 0x14, 0x25); /* mov vcpu->scr1, %rdx */
	emit32(e, UMVMM_VCPU_ADDR + UMVMM_VCPU_SCR1);
}

/*
 * The same where vcpu->gs_base stands for the base (umvmm/monitor/cpu/bases.h). Only %rax,
 * and no scratch: an NMI in the middle executes a swapgs, too, where the kernel has no
 * FSGSBASE.
 */
static void emit_swapgs_in_memory(struct emitter *e)
{
	static const uint16_t words[] = { UMVMM_VCPU_KGS, UMVMM_VCPU_GS_BASE, UMVMM_VCPU_KGS };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		EMIT(e, 0x48, 0x87, 0x04, 0x25); /* xchg %rax, the word */
		emit32(e, UMVMM_VCPU_ADDR + words[i]);
	}
}

/*
 * mov %cs, %ss or %gs to a register: a load of the virtual selector, 16 bits wide or
 * zero-extended as the instruction was.
 */
static int emit_read_selector(struct emitter *e, const struct sens_insn *insn)
{
	const uint32_t word = insn->reg == SEG_CS ? UMVMM_VCPU_CS :
			      insn->reg == SEG_SS ? UMVMM_VCPU_SS :
						    UMVMM_VCPU_GS_SEL;
	uint8_t high = insn->rm >= 8, prefix = insn->op_size == 2 ? 0x66 : 0x90;
	uint8_t load[] = { prefix, (uint8_t)(high ? 0x44 : 0x40), 0x8b,
			   (uint8_t)(0x04 | (insn->rm & 7) << 3), 0x25 };

	if (insn->is_mem ||
	    (insn->reg != SEG_CS && insn->reg != SEG_SS && insn->reg != SEG_GS) ||
	    e->len < sizeof(load) + 4)
		return 0;
	emit(e, load, sizeof(load));
	emit32(e, UMVMM_VCPU_ADDR + word);
	return 1;
}

static void emit_gate(struct emitter *e, int gate, enum form form)
{
	if (form == CALL)
		EMIT(e, 0xff, 0x14, 0x25); /* call *gate */
	else
		EMIT(e, 0xff, 0x24, 0x25); /* jmp *gate */
	emit32(e, UMVMM_GATE_TABLE + 8 * gate);
}

/* The afterburnt form without its padding; 0 if there is none. */
static int emit_afterburnt(struct emitter *e, const struct sens_insn *insn,
			   const struct rewrite_site *s, enum rewrite_mode mode)
{
	enum form form;
	int gate;

	if (insn->kind == SENS_STI && s->before_hlt)
		return 1; /* the gate of the hlt does both */
	if (insn->kind == SENS_CLI && e->len >= CLI_LENGTH) {
		emit_cli(e);
		return 1;
	}
	if (insn->kind == SENS_SWAPGS && e->len >= SWAPGS_LENGTH) {
		if (mode == REWRITE_AFTERBURN)
			emit_swapgs(e);
		else
			emit_swapgs_in_memory(e);
		return 1;
	}
	if (insn->kind == SENS_RDSEG)
		return emit_read_selector(e, insn);
	gate = gate_of(insn, s, &form);
	if (gate == NO_GATE || e->len < GATE_LENGTH)
		return 0;
	if (insn->kind == SENS_PUSHF && pop_follows(s))
		emit_pushf_pop(e);
	else
		emit_gate(e, gate, form);
	return 1;
}

static size_t skip_nops(const uint8_t *p, size_t len, size_t pos)
{
	size_t n;

	while (pos < len && (n = sens_nop_length(p + pos, len - pos)))
		pos += n;
	return pos;
}

int rewrite_site(const struct rewrite_site *s, enum rewrite_mode mode)
{
	struct emitter e = { .p = s->text, .len = s->len };
	struct sens_insn insn;
	size_t offset = skip_nops(s->text, s->len, 0);
	int error;

	if (sens_decode(s->text + offset, s->len - offset, &insn))
		return REWRITE_E_DECODE;
	if (insn.kind > SENS_LAST_SENSITIVE)
		return REWRITE_E_DECODE;
	if (skip_nops(s->text, s->len, offset + insn.len) != s->len)
		return REWRITE_E_PADDING;
	/* with FSGSBASE it does what it shall by itself */
	if (mode == REWRITE_AFTERBURN &&
	    (insn.kind == SENS_WRSEG || (insn.kind == SENS_RDSEG && insn.reg == SEG_GS)))
		return insn.kind;
	if (mode != REWRITE_TRAP && emit_afterburnt(&e, &insn, s, mode)) {
		emit_nops(&e);
		return insn.kind;
	}
	error = emit_trap(&e, offset, &insn);
	return error ? error : insn.kind;
}

/* Does any of the first count sites share a byte with *site? */
static int overlaps(const struct note_walk *start, size_t count, const struct note_site *site)
{
	struct note_walk w = *start;
	struct note_site other;

	while (count-- && note_next(&w, &other) > 0)
		if (other.vaddr < site->vaddr + site->len && site->vaddr < other.vaddr + other.len)
			return 1;
	return 0;
}

/* The kind recorded at an untouched site, SENS_NONE if it cannot be read. */
static int kind_at(const struct rewrite_target *t, const struct note_site *site)
{
	const uint8_t *p = t->map(t->ctx, site->vaddr, site->len);
	struct sens_insn insn;
	size_t offset;

	if (!p || (t->skip && t->skip(t->ctx, site->vaddr, site->len)))
		return SENS_NONE;
	offset = skip_nops(p, site->len, 0);
	if (sens_decode(p + offset, site->len - offset, &insn))
		return SENS_NONE;
	return insn.kind;
}

#define LOOK_AHEAD 2

static int one_site(const struct rewrite_target *t, const struct note_site *site,
		    int before_hlt, int after_sti, struct rewrite_stats *stats)
{
	struct rewrite_site s = {
		.len = site->len,
		.before_hlt = before_hlt,
		.after_sti = after_sti,
	};
	int kind;

	if (site->vaddr + site->len + LOOK_AHEAD < site->vaddr)
		return REWRITE_E_RANGE;
	s.text = t->map(t->ctx, site->vaddr, site->len);
	if (!s.text)
		return REWRITE_E_RANGE;
	s.after = t->map(t->ctx, site->vaddr + site->len, LOOK_AHEAD);
	s.after_len = s.after ? LOOK_AHEAD : 0;
	kind = rewrite_site(&s, t->mode);
	if (kind < 0)
		return kind;
	stats->kind[kind]++;
	if (s.text[0] == UMVMM_TRAP_OPCODE0 && s.text[1] == UMVMM_TRAP_OPCODE1)
		stats->trapping++;
	return REWRITE_OK;
}

/*
 * "sti; hlt" becomes one gate, so that no interrupt gets lost between the two.
 * The wrapper records them one after the other; the walk looks one site ahead.
 */
int rewrite_note(const void *note, size_t size, uint64_t note_vaddr,
		 const struct rewrite_target *t, struct rewrite_stats *stats)
{
	struct note_walk start, walk;
	struct note_site site, next;
	size_t seen = 0;
	int after_sti = 0, more, more_next, error;

	note_begin(&start, note, size, note_vaddr);
	walk = start;
	more = note_next(&walk, &site);
	for (; more > 0; more = more_next, site = next) {
		int pair = 0;

		stats->bad_site = site.vaddr;
		if (seen >= REWRITE_MAX_SITES && !t->disjoint)
			return REWRITE_E_MANY;
		if (!t->disjoint && overlaps(&start, seen, &site))
			return REWRITE_E_OVERLAP;
		more_next = note_next(&walk, &next);
		seen++;
		stats->sites++;
		if (t->skip && t->skip(t->ctx, site.vaddr, site.len)) {
			stats->skipped++;
			after_sti = 0;
			continue;
		}
		if (more_next > 0 && next.vaddr == site.vaddr + site.len &&
		    t->mode != REWRITE_TRAP)
			pair = kind_at(t, &site) == SENS_STI && kind_at(t, &next) == SENS_HLT;
		error = one_site(t, &site, pair, after_sti, stats);
		if (error)
			return error;
		stats->sti_hlt += pair;
		after_sti = pair;
	}
	stats->notes += walk.notes;
	if (more < 0)
		return REWRITE_E_NOTE;
	stats->bad_site = 0;
	return REWRITE_OK;
}

const char *rewrite_strerror(int error)
{
	switch (error) {
	case REWRITE_OK:
		return "no error";
	case REWRITE_E_DECODE:
		return "no sensitive instruction at a recorded site";
	case REWRITE_E_PADDING:
		return "a recorded site holds more than one instruction and nops";
	case REWRITE_E_SHORT:
		return "a recorded site is too short";
	case REWRITE_E_NOTE:
		return "malformed site note";
	case REWRITE_E_RANGE:
		return "a recorded site lies outside the text";
	case REWRITE_E_OVERLAP:
		return "recorded sites overlap";
	case REWRITE_E_MANY:
		return "too many recorded sites";
	case REWRITE_E_ELF:
		return "malformed ELF file";
	case REWRITE_E_MISSING:
		return "no site note: not assembled with the afterburner";
	}
	return "unknown error";
}
