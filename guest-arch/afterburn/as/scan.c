// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scan.c - mark the sensitive instructions that macros cannot catch by name.
 *
 * Runs: in the assembler wrapper.
 *
 * These are: mov with a control or debug register, mov from CS, SS or GS, to FS or GS; string
 * I/O with a rep prefix, also as two statements ("rep; insb"); any sensitive
 * mnemonic behind a prefix in the same statement; the few privileged
 * instructions that sources spell as .byte lists because older assemblers
 * lack them. Each gets the site macro in front. Switches of the code size are
 * followed by an update of the symbol that turns the macros off in 16-bit and
 * 32-bit code.
 *
 * Must hold: text is only ever inserted or removed within a line. A statement
 * that is not recognised is copied unchanged. The verifier catches what gets
 * past this scan.
 */
#include "scan.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mnemonic.h"
#include "preamble.h"

struct cursor {
	const char *p;
	const char *end;
};

/* A piece of the source: [start, end). */
struct piece {
	const char *start;
	const char *end;
};

struct scanner {
	struct text *out;
	/* A lone "rep" whose string instruction has not come yet. */
	struct piece rep;
	/* Where that rep went in out. */
	size_t rep_mark;
};

static bool piece_is(struct piece t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t.end - t.start) == n && !memcmp(t.start, s, n);
}

static bool piece_in(struct piece t, const char *const *list)
{
	for (; *list; list++)
		if (piece_is(t, *list))
			return true;
	return false;
}

static const struct mnemonic *piece_mnemonic(struct piece t)
{
	return mnemonic_find(t.start, t.end - t.start);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$' || c == '\\' || c == '@';
}

static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/* p is at an apostrophe: a character constant, perhaps without the second one. */
static const char *skip_char(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '\\')
		p++;
	if (p < end && *p != '\n')
		p++;
	return p;
}

static const char *skip_block_comment(const char *p, const char *end)
{
	for (p += 2; p + 1 < end; p++)
		if (p[0] == '*' && p[1] == '/')
			return p + 2;
	return end;
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', end - p);

	return nl ? nl : end;
}

/* Blanks and block comments, but no newline outside a comment. */
static const char *skip_blank(const char *p, const char *end)
{
	for (;;) {
		if (p < end && (*p == ' ' || *p == '\t'))
			p++;
		else if (end - p > 1 && p[0] == '/' && p[1] == '*')
			p = skip_block_comment(p, end);
		else
			return p;
	}
}

/* The end of the statement at p: at its separator, comment or newline. */
static const char *statement_end(const char *p, const char *end)
{
	while (p < end) {
		switch (*p) {
		case '"':
			p = skip_string(p, end);
			break;
		case '\'':
			p = skip_char(p, end);
			break;
		case '/':
			if (end - p > 1 && p[1] == '*')
				p = skip_block_comment(p, end);
			else
				p++;
			break;
		case '\n':
		case ';':
		case '#':
			return p;
		default:
			p++;
		}
	}
	return end;
}

static struct piece next_word(struct cursor *c)
{
	struct piece t;

	c->p = skip_blank(c->p, c->end);
	t.start = c->p;
	if (c->p < c->end && *c->p == '{') {
		const char *close = memchr(c->p, '}', c->end - c->p);

		c->p = close ? close + 1 : c->end;
	} else {
		while (c->p < c->end && is_word(*c->p))
			c->p++;
	}
	t.end = c->p;
	return t;
}

/* Skips "label:" and "\name\()_label:" in front of the statement. */
static void skip_labels(struct cursor *c)
{
	for (;;) {
		const char *p = skip_blank(c->p, c->end);

		c->p = p;
		if (p < c->end && *p == '"')
			p = skip_string(p, c->end);
		else
			while (p < c->end && (is_word(*p) || (p[0] == '(' && p[-1] == '\\') ||
					      (p[0] == ')' && p[-1] == '(')))
				p++;
		if (p == c->p || p == c->end || *p != ':')
			return;
		c->p = p + 1;
	}
}

static const char *const prefixes[] = {
	"rep", "repe", "repz", "repne", "repnz", "lock", "data16", "data32", "addr16", "addr32",
	"rex", "rex64", "rex.w", "rex.W", "cs", "ds", "es", "fs", "gs", "ss", NULL
};

static const char *const rep_prefixes[] = { "rep", "repe", "repz", "repne", "repnz", NULL };

static const char *const movs[] = { "mov", "movq", "movl", "movw", "movabs", NULL };

static bool is_prefix(struct piece t)
{
	return (t.start < t.end && *t.start == '{') || piece_in(t, prefixes);
}

/* FS or GS as the target, not as the segment of one. */
static bool loads_fs_or_gs(const char *p, const char *end)
{
	const char *comma = NULL, *after;

	for (const char *q = p; q < end; q++)
		if (*q == ',')
			comma = q;
	if (!comma)
		return false;
	p = skip_blank(comma + 1, end);
	if (end - p < 3 || p[0] != '%' || (p[1] != 'f' && p[1] != 'g') || p[2] != 's')
		return false;
	after = skip_blank(p + 3, end);
	return after == end || *after == '#' || *after == '/';
}

/* %crN, %dbN and %drN anywhere; %cs, %ss and %gs as the source; %fs and %gs as the target. */
static bool mov_is_sensitive(struct cursor c, enum site_length *len)
{
	const char *p = skip_blank(c.p, c.end);

	if (loads_fs_or_gs(p, c.end)) {
		*len = *p == '%' ? SITE_GATE : SITE_TRAP;
		return true;
	}

	if (c.end - p > 3 && p[0] == '%' && (p[1] == 'c' || p[1] == 's' || p[1] == 'g') &&
	    p[2] == 's' && (p[3] == ',' || p[3] == ' ' || p[3] == '\t')) {
		*len = SITE_TRAP;
		return true;
	}
	for (; c.end - p > 3; p++) {
		if (p[0] != '%' || !isdigit((unsigned char)p[3]))
			continue;
		if (p[1] == 'c' && p[2] == 'r') {
			*len = SITE_GATE;
			return true;
		}
		if (p[1] == 'd' && (p[2] == 'b' || p[2] == 'r')) {
			*len = SITE_TRAP;
			return true;
		}
	}
	return false;
}

/*
 * Privileged instructions spelled as bytes; modrm_mask and modrm select the
 * operand forms. REX prefixes are skipped.
 */
static const struct byte_form {
	unsigned char prefix; /* mandatory prefix or 0 */
	unsigned char op[2];  /* after 0f */
	unsigned char modrm_mask, modrm;
	enum site_length len;
} byte_forms[] = {
	{ 0x00, { 0x01 }, 0xff, 0xd0, SITE_GATE },  /* xgetbv */
	{ 0x00, { 0x01 }, 0xff, 0xd1, SITE_GATE },  /* xsetbv */
	{ 0x00, { 0x01 }, 0xff, 0xf8, SITE_SWAPGS },/* swapgs */
	{ 0x00, { 0xc7 }, 0x38, 0x28, SITE_TRAP },  /* xsaves */
	{ 0x00, { 0xc7 }, 0x38, 0x18, SITE_TRAP },  /* xrstors */
	{ 0xf3, { 0xc7 }, 0xf8, 0xf8, SITE_TRAP },  /* rdpid */
	{ 0x66, { 0x38, 0x82 }, 0, 0, SITE_TRAP },  /* invpcid */
};

static bool bytes_are_sensitive(struct cursor c, enum site_length *len)
{
	unsigned char b[16], prefix = 0;
	size_t n = 0, i = 0;

	while (n < sizeof(b)) {
		char *after;
		const char *p = skip_blank(c.p, c.end);
		unsigned long v;

		if (p == c.end || !isdigit((unsigned char)*p))
			return false;
		v = strtoul(p, &after, 0);
		if (v > 0xff)
			return false;
		b[n++] = v;
		c.p = skip_blank(after, c.end);
		if (c.p == c.end)
			break;
		if (*c.p++ != ',')
			return false;
	}
	if (i < n && (b[i] == 0x66 || b[i] == 0xf3))
		prefix = b[i++];
	if (i < n && (b[i] & 0xf0) == 0x40)
		i++;
	if (n - i < 3 || b[i++] != 0x0f)
		return false;
	for (size_t k = 0; k < sizeof(byte_forms) / sizeof(byte_forms[0]); k++) {
		const struct byte_form *f = &byte_forms[k];
		size_t m = i + (f->op[1] ? 2 : 1);
		bool memory_only = f->modrm_mask == 0x38;

		if (f->prefix != prefix || b[i] != f->op[0] || (f->op[1] && b[i + 1] != f->op[1]))
			continue;
		if (m >= n || (b[m] & f->modrm_mask) != f->modrm)
			continue;
		if (memory_only && b[m] >= 0xc0)
			continue;
		*len = f->len;
		return true;
	}
	return false;
}

static void add_piece(struct text *out, const char *start, const char *end)
{
	text_add(out, start, end - start);
}

/*
 * One statement without labels, [c.p, c.end). Decides whether it becomes a
 * site by its text, and copies it.
 */
static void statement(struct scanner *s, struct cursor c)
{
	struct cursor start = c;
	struct piece rep = s->rep;
	struct piece word = next_word(&c);
	const struct mnemonic *m;
	enum site_length len = 0;
	bool prefixed = false;

	if (word.start == word.end) {
		add_piece(s->out, start.p, start.end);
		return;
	}
	s->rep.start = NULL;
	start.p = word.start;
	while (is_prefix(word)) {
		struct cursor rest = c;
		struct piece next = next_word(&rest);

		if (next.start == next.end) {
			if (piece_in(word, rep_prefixes)) {
				s->rep = word;
				s->rep_mark = s->out->len + (word.start - start.p);
			}
			break;
		}
		prefixed = true;
		word = next;
		c = rest;
	}
	m = piece_mnemonic(word);
	if (m && m->string_io && rep.start && !prefixed) {
		/* The rep moves into the site; its line stays. */
		memset(s->out->data + s->rep_mark, ' ', rep.end - rep.start);
		text_printf(s->out, SITE_MACRO " %d, %.*s ", m->len, (int)(rep.end - rep.start),
			    rep.start);
	} else if (m && prefixed) {
		text_printf(s->out, SITE_MACRO "%s %d, ", m->nops_first ? "_nops_first" : "", m->len);
	} else if (piece_in(word, movs) && mov_is_sensitive(c, &len)) {
		text_printf(s->out, SITE_MACRO " %d, ", len);
	} else if (piece_is(word, ".byte") && bytes_are_sensitive(c, &len)) {
		text_printf(s->out, SITE_BYTES_MACRO " %d, ", len);
	}
	add_piece(s->out, start.p, start.end);
	if (piece_is(word, ".code64"))
		text_puts(s->out, "; .set " SITE_CODE64 ", 1");
	else if (piece_is(word, ".code32") || piece_is(word, ".code16") ||
		 piece_is(word, ".code16gcc"))
		text_puts(s->out, "; .set " SITE_CODE64 ", 0");
}

void scan(struct text *out, const char *src, size_t len)
{
	struct scanner s = { .out = out };
	const char *end = src + len;
	bool line_start = true;

	while (src < end) {
		struct cursor c;
		const char *p = skip_blank(src, end);

		if (p < end && (*p == '#' || (line_start && *p == '/'))) {
			p = line_end(p, end);
		} else {
			c.p = p;
			c.end = statement_end(p, end);
			skip_labels(&c);
			add_piece(out, src, c.p);
			if (c.p > p)
				s.rep.start = NULL;
			statement(&s, c);
			src = p = c.end;
		}
		add_piece(out, src, p);
		src = p;
		if (src < end && *src == '#')
			continue;
		if (src < end) {
			line_start = *src == '\n';
			text_add(out, src++, 1);
		}
	}
}
