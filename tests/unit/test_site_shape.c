// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_site_shape.c - the shapes of rewritten system call sites, against Zydis, this
 * machine's C library, and this CPU.
 *
 * Runs: on the build machine.
 *
 * Lengths and displaced instructions are compared with what Zydis decodes. Each site of the
 * C library that is on this machine is given to the monitor's functions, as text around it;
 * Zydis, which reads the whole library in order, knows where its instructions really begin.
 * What stands in the place of a group is executed from each place where an instruction of
 * it may have begun.
 */
#include <Zydis/Zydis.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <umvmm/abi.h>
#include <unistd.h>

#include "../../umvmm/monitor/cpu/insn_length.c"
#include "../../umvmm/monitor/redirect/site_shape.c"

#include "unit.h"

static ZydisDecoder decoder;

static size_t zydis(const uint8_t *p, size_t n, ZydisDecodedInstruction *insn)
{
	if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, p, n, insn)))
		return 0;
	return insn->length;
}

static const char *hex(const uint8_t *p)
{
	static char text[3 * 16 + 1];

	for (int i = 0; i < 16; i++)
		snprintf(text + 3 * i, 4, "%02x ", p[i]);
	return text;
}

/* ---- lengths ---- */

/* Of AMD CPUs of the past, or of none yet: there we know no instruction. */
static bool is_foreign(const ZydisDecodedInstruction *insn)
{
	return insn->encoding == ZYDIS_INSTRUCTION_ENCODING_3DNOW ||
	       insn->encoding == ZYDIS_INSTRUCTION_ENCODING_XOP ||
	       insn->encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX ||
	       insn->meta.isa_ext == ZYDIS_ISA_EXT_SSE4A ||
	       insn->meta.isa_ext == ZYDIS_ISA_EXT_KNC ||
	       insn->meta.isa_ext == ZYDIS_ISA_EXT_KNCE ||
	       insn->meta.isa_ext == ZYDIS_ISA_EXT_KNCV ||
	       insn->meta.isa_ext == ZYDIS_ISA_EXT_PADLOCK;
}

START_TEST(lengths)
{
	static const char *const prefixes[] = { "", "\x66", "\x48", "\xf3", "\xf2\x41", "\x66\x4f",
						"\x67\x48", "\x64", "\x66\x66\x2e", "\x48\x66" };
	static const char *const maps[] = { "", "\x0f", "\x0f\x38", "\x0f\x3a" };
	ZydisDecodedInstruction insn;
	unsigned long compared = 0;
	uint8_t code[40];

	srandom(1);
	for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++)
		for (size_t m = 0; m < sizeof(maps) / sizeof(maps[0]); m++)
			for (int op = 0; op < 256; op++)
				for (int modrm = 0; modrm < 256; modrm++) {
					size_t n = strlen(prefixes[p]), want;

					memcpy(code, prefixes[p], n);
					memcpy(code + n, maps[m], strlen(maps[m]));
					n += strlen(maps[m]);
					code[n++] = (uint8_t)op;
					code[n++] = (uint8_t)modrm;
					while (n < sizeof(code))
						code[n++] = (uint8_t)random();
					want = zydis(code, INSN_MAX, &insn);
					if (!want || is_foreign(&insn))
						continue;
					ck_assert_msg(insn_length(code, sizeof(code)) == want,
						      "%s: %zu bytes, not %zu", hex(code), want,
						      insn_length(code, sizeof(code)));
					ck_assert_msg(!insn_length(code, want - 1),
						      "%s: known by %zu bytes", hex(code), want - 1);
					compared++;
				}
	for (int i = 0; i < 600000; i++) {
		static const uint8_t first[] = { 0xc4, 0xc5, 0x62 };
		size_t want;

		for (size_t n = 0; n < sizeof(code); n++)
			code[n] = (uint8_t)random();
		if (i % 2)
			code[0] = first[(unsigned int)i / 2 % 3];
		want = zydis(code, INSN_MAX, &insn);
		if (!want || is_foreign(&insn))
			continue;
		ck_assert_msg(insn_length(code, sizeof(code)) == want, "%s: %zu bytes, not %zu",
			      hex(code), want, insn_length(code, sizeof(code)));
		compared++;
	}
	ck_assert_msg(compared > 900000, "only %lu instructions", compared);
}
END_TEST

/* ---- the table of displaced instructions ---- */

START_TEST(displaced)
{
	static const uint8_t prefixes[][3] = { { 0 }, { 1, 0x48 }, { 1, 0x45 }, { 2, 0x64, 0x4c } };
	unsigned int known = 0;

	for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++)
		for (int map = 0; map < 2; map++)
			for (int op = 0; op < 256; op++)
				for (int modrm = 0; modrm < 256; modrm++) {
					uint8_t code[20] = { 0 };
					size_t n = prefixes[p][0];
					ZydisDecodedInstruction insn;

					memcpy(code, prefixes[p] + 1, n);
					if (map)
						code[n++] = 0x0f;
					code[n++] = (uint8_t)op;
					code[n++] = (uint8_t)modrm;
					memset(code + n, 0x24, sizeof(code) - n);
					n = insn_length(code, sizeof(code));
					if (!n || !is_simple(code, (uint32_t)n))
						continue;
					if (!zydis(code, INSN_MAX, &insn))
						continue; /* LEA of a register, and the like */
					known++;
					ck_assert_msg(insn.length == n, "%s", hex(code));
					ck_assert_msg(!(insn.attributes & ZYDIS_ATTRIB_IS_RELATIVE) &&
							      !(insn.attributes &
								ZYDIS_ATTRIB_IS_PRIVILEGED) &&
							      insn.meta.branch_type ==
								      ZYDIS_BRANCH_TYPE_NONE,
						      "%s", hex(code));
					switch (insn.meta.category) {
					case ZYDIS_CATEGORY_BINARY:
					case ZYDIS_CATEGORY_LOGICAL:
					case ZYDIS_CATEGORY_DATAXFER:
					case ZYDIS_CATEGORY_SHIFT:
					case ZYDIS_CATEGORY_ROTATE:
					case ZYDIS_CATEGORY_CMOV:
					case ZYDIS_CATEGORY_MISC: /* LEA */
						break;
					default:
						ck_abort_msg("%s: category %d", hex(code),
							     (int)insn.meta.category);
					}
					ck_assert_msg(insn.mnemonic != ZYDIS_MNEMONIC_MOV ||
							      !(code[prefixes[p][0]] == 0x8e),
						      "%s: loads a segment", hex(code));
				}
	ck_assert_msg(known > 20000, "%u instructions", known);
}
END_TEST

/* ---- every site of a library ---- */

static const uint8_t *text;
static uint8_t *begins; /* where Zydis sees an instruction begin */
static uint64_t text_size, text_address;

static void load_text(const char *path)
{
	int fd = open(path, O_RDONLY);
	const Elf64_Shdr *section;
	const Elf64_Ehdr *eh;
	struct stat st;

	ck_assert_msg(fd >= 0 && fstat(fd, &st) == 0, "%s: %s", path, strerror(errno));
	eh = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert(eh != MAP_FAILED);
	section = (const Elf64_Shdr *)((const uint8_t *)eh + eh->e_shoff);
	for (int i = 0; i < eh->e_shnum; i++) {
		const char *name = (const char *)eh + section[eh->e_shstrndx].sh_offset +
				   section[i].sh_name;

		if (strcmp(name, ".text"))
			continue;
		text = (const uint8_t *)eh + section[i].sh_offset;
		text_size = section[i].sh_size;
		text_address = section[i].sh_addr;
	}
	ck_assert(text != NULL);
	begins = calloc(1, text_size + 32);
	ck_assert(begins != NULL);
	for (uint64_t i = 0; i < text_size;) {
		ZydisDecodedInstruction insn;
		size_t n = zydis(text + i, text_size - i, &insn);

		begins[i] = 1;
		i += n ? n : 1;
	}
}

/* As site.c's read_text(). */
static void read_around(uint64_t at, struct shape_text *t)
{
	uint64_t page = (text_address + at) & ~4095ull, page_at = page - text_address;
	uint64_t start = at < SHAPE_BEFORE ? 0 : at - SHAPE_BEFORE, end = at + SHAPE_BEHIND;

	if (page < text_address)
		page_at = 0;
	if (end > page_at + 4096)
		end = page_at + 4096;
	if (end > text_size)
		end = text_size;
	t->code = text + start;
	t->len = (uint32_t)(end - start);
	t->at = (uint32_t)(at - start);
	t->page = start < page_at ? (uint32_t)(page_at - start) : 0;
	t->page_end = t->len;
	t->address = (uint32_t)(text_address + at);
	shape_read(t);
}

static void check_site(uint64_t at, const struct shape *s)
{
	uint8_t code[SHAPE_CODE_MAX], pad[SHAPE_SKIP + SHAPE_JUMP];
	unsigned int n = shape_code(s, 0x7bce0060, code);
	int from;

	ck_assert(begins[at]);
	if (s->kind == SHAPE_PAD) {
		n = shape_pad_code(s, 0x7bce0000, pad, &from);
		ck_assert_msg((int8_t)code[1] == s->jump - 2, "site %#lx", text_address + at);
		ck_assert_msg((text_address + at) >> 12 == (text_address + at + (uint64_t)from) >> 12 &&
				      (text_address + at) >> 12 ==
					      (text_address + at + (uint64_t)from + n - 1) >> 12,
			      "site %#lx: another page", text_address + at);
		if (s->nop) {
			ZydisDecodedInstruction insn;

			ck_assert(begins[at + (uint64_t)from]);
			ck_assert(zydis(text + at + from, 16, &insn) == s->nop &&
				  insn.mnemonic == ZYDIS_MNEMONIC_NOP);
			ck_assert(from + (int)n <= from + s->nop && pad[1] == s->nop - 2);
		} else {
			for (int i = -1; i <= (int)n; i++)
				ck_assert(text[at + (uint64_t)(from + i)] == 0xcc &&
					  begins[at + (uint64_t)(from + i)]);
		}
		return;
	}
	ck_assert_msg(begins[at - s->group], "site %#lx, group of %d", text_address + at, s->group);
	if (s->kind == SHAPE_NUMBER)
		return;
	for (unsigned int i = 1; i < s->group; i++)
		if (begins[at - s->group + i])
			ck_assert_msg(is_noticed(s->group, i), "site %#lx, %d of %d",
				      text_address + at, i, s->group);
}

/* Most sites of this machine's C library have a shape, and it is right. */
START_TEST(library)
{
	unsigned int sites = 0, kinds[3] = { 0 }, none = 0;
	struct link_map *map;

	for (map = _r_debug.r_map; map; map = map->l_next)
		if (strstr(map->l_name, "/libc.so"))
			break;
	ck_assert_msg(map != NULL, "no libc.so");
	load_text(map->l_name);
	for (uint64_t at = 0; at + 2 < text_size; at++) {
		struct shape_text t;
		struct shape s;

		if (text[at] != 0x0f || text[at + 1] != 0x05 || !begins[at])
			continue;
		sites++;
		read_around(at, &t);
		for (int kind = 0; kind < 3; kind++) {
			uint32_t nr = t.at >= 4 ? (uint32_t)(t.code[t.at - 4] | t.code[t.at - 3] << 8) :
						  0;
			int found;

			if (kind == 0)
				found = !shape_number(&t, nr, &s);
			else if (kind == 1)
				found = !shape_group(&t, &s);
			else
				found = !shape_pad(&t, -128, &s);
			if (!found)
				continue;
			kinds[kind]++;
			check_site(at, &s);
			/* all padding, as if other sites had taken the first */
			while (kind == 2 && !shape_pad(&t, s.jump + 1, &s))
				check_site(at, &s);
		}
		none += shape_number(&t, (uint32_t)(t.code[t.at - 4] | t.code[t.at - 3] << 8), &s) &&
			shape_group(&t, &s) && shape_pad(&t, -128, &s);
	}
	printf("%u sites: number %u, group %u, padding %u, none %u\n", sites, kinds[0], kinds[1],
	       kinds[2], none);
	ck_assert_msg(sites > 300 && kinds[0] && kinds[1] && kinds[2], "%u sites", sites);
	ck_assert_msg(none * 20 < sites, "%u of %u sites have no shape", none, sites);
	free(begins);
}
END_TEST

/* ---- what libraries have ---- */

#define NO_SHAPE 0
#define NUMBER	 1
#define GROUP(n) (-(n))

/*
 * From a function's start, or near it, to its SYSCALL: as assemblers and compilers make it of
 * the libraries' sources.
 */
static const struct {
	const char *name;
	uint32_t nr;
	int alone;	    /* what it becomes where no padding is near */
	unsigned int begin; /* its address, modulo 16 */
	uint8_t before;	    /* the byte in front */
	uint8_t len;
	uint8_t code[48];
} known[] = {
	{ "glibc: syscall()", 39, GROUP(5), 0, 0xc3, 25,
	  { 0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, 0x4d, 0x89,
	    0xc2, 0x4d, 0x89, 0xc8, 0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05 } },
	{ "glibc 2.41: a cancellable call, with threads", 0, GROUP(5), 0, 0xc3, 46,
	  { 0x8b, 0x07, 0xf6, 0x07, 0x08, 0x0f, 0x85, 0x00, 0x10, 0x00, 0x00, 0x49, 0x89, 0xfb,
	    0x48, 0x89, 0xf0, 0x48, 0x89, 0xd7, 0x48, 0x89, 0xce, 0x4c, 0x89, 0xc2, 0x4d, 0x89,
	    0xca, 0x4c, 0x8b, 0x44, 0x24, 0x08, 0x4c, 0x8b, 0x4c, 0x24, 0x10, 0x4c, 0x89, 0x5c,
	    0x24, 0x08, 0x0f, 0x05 } },
	{ "glibc 2.41: a cancellable call, without threads", 0, GROUP(8), 0, 0xc3, 26,
	  { 0x48, 0x83, 0xec, 0x08, 0x64, 0x8b, 0x04, 0x25, 0x08, 0x03, 0x00, 0x00, 0xa8, 0x33,
	    0x74, 0x10, 0x48, 0x8b, 0x44, 0x24, 0x10, 0x49, 0x89, 0xca, 0x0f, 0x05 } },
	{ "the same by clang: behind a branch", 0, NO_SHAPE, 0, 0xc3, 26,
	  { 0x50, 0x48, 0x8b, 0x44, 0x24, 0x10, 0x64, 0x44, 0x8b, 0x14, 0x25, 0x08, 0x03, 0x00,
	    0x00, 0x41, 0xf6, 0xc2, 0x33, 0x74, 0x07, 0x49, 0x89, 0xca, 0x0f, 0x05 } },
	{ "glibc before 2.41: write()", 1, NUMBER, 0, 0xc3, 16,
	  { 0x80, 0x3d, 0x91, 0x32, 0x0e, 0x00, 0x00, 0x74, 0x17, 0xb8, 0x01, 0x00, 0x00, 0x00,
	    0x0f, 0x05 } },
	{ "glibc before 2.41: read(), behind a branch", 0, NO_SHAPE, 0, 0xc3, 13,
	  { 0x80, 0x3d, 0x31, 0x33, 0x0e, 0x00, 0x00, 0x74, 0x17, 0x31, 0xc0, 0x0f, 0x05 } },
	{ "glibc: clone3()", 435, NUMBER, 0, 0xc3, 25,
	  { 0xb8, 0xea, 0xff, 0xff, 0xff, 0x48, 0x85, 0xff, 0x74, 0x23, 0x48, 0x85, 0xd2, 0x74,
	    0x1e, 0x49, 0x89, 0xc8, 0xb8, 0xb3, 0x01, 0x00, 0x00, 0x0f, 0x05 } },
	{ "glibc: vfork()", 58, NUMBER, 0, 0xc3, 8,
	  { 0x5f, 0xb8, 0x3a, 0x00, 0x00, 0x00, 0x0f, 0x05 } },
	{ "glibc: return from signal handlers", 15, GROUP(7), 0, 0x00, 9,
	  { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 } },
	{ "musl, Go: return from signal handlers", 15, NO_SHAPE, 3, 0xc3, 9,
	  { 0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05 } },
	{ "musl: a number in a register", 202, GROUP(6), 0, 0xc3, 19,
	  { 0x41, 0xb8, 0xca, 0x00, 0x00, 0x00, 0xba, 0x01, 0x00, 0x00, 0x00, 0x4c, 0x89, 0xc0,
	    0x48, 0x89, 0xde, 0x0f, 0x05 } },
	{ "musl: a cancellable call", 0, GROUP(5), 15, 0xc3, 41,
	  { 0x8b, 0x07, 0x85, 0xc0, 0x75, 0x24, 0x49, 0x89, 0xfb, 0x48, 0x89, 0xf0, 0x48, 0x89,
	    0xd7, 0x48, 0x89, 0xce, 0x4c, 0x89, 0xc2, 0x4d, 0x89, 0xca, 0x4c, 0x8b, 0x44, 0x24,
	    0x08, 0x4c, 0x8b, 0x4c, 0x24, 0x10, 0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05 } },
	{ "musl: clone()", 56, GROUP(14), 4, 0xc3, 37,
	  { 0x31, 0xc0, 0xb0, 0x38, 0x49, 0x89, 0xfb, 0x48, 0x89, 0xd7, 0x4c, 0x89, 0xc2, 0x4d,
	    0x89, 0xc8, 0x4c, 0x8b, 0x54, 0x24, 0x08, 0x4d, 0x89, 0xd9, 0x48, 0x83, 0xe6, 0xf0,
	    0x48, 0x83, 0xee, 0x08, 0x48, 0x89, 0x0e, 0x0f, 0x05 } },
	{ "Go: Syscall6", 39, GROUP(6), 0, 0xc3, 14,
	  { 0x49, 0x89, 0xf2, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xce, 0x48, 0x89, 0xdf, 0x0f,
	    0x05 } },
	{ "dietlibc: nearly all calls", 39, GROUP(6), 2, 0xc3, 12,
	  { 0xb0, 0x27, 0xb4, 0x00, 0x0f, 0xb7, 0xc0, 0x49, 0x89, 0xca, 0x0f, 0x05 } },
};

/* The text around known[k], with `around` in front and behind; its SYSCALL is at t->at. */
static void text_of(size_t k, const uint8_t *around, size_t size, uint8_t code[SHAPE_WINDOW],
		    struct shape_text *t)
{
	const uint32_t start = SHAPE_BEFORE - (known[k].len - SYSCALL_SIZE);

	for (size_t i = 0; i < SHAPE_WINDOW; i++)
		code[i] = around[i % size];
	code[start - 2] = 0xc3; /* nobody comes from there */
	code[start - 1] = known[k].before;
	if (!known[k].before) /* the end of a nop */
		memcpy(code + start - 4, "\xc3\x0f\x1f", 3);
	memcpy(code + start, known[k].code, known[k].len);
	/* ret, and what is behind begins with an instruction */
	code[start + known[k].len] = 0xc3;
	for (size_t i = start + known[k].len + 1; i % size; i++)
		code[i] = 0x90;
	*t = (struct shape_text){ .code = code,
				  .len = SHAPE_WINDOW,
				  .at = SHAPE_BEFORE,
				  .page_end = SHAPE_WINDOW,
				  .address = 0x1000 + known[k].begin + SHAPE_BEFORE - start };
	shape_read(t);
}

START_TEST(libraries)
{
	static const uint8_t tight[] = { 0xf4 };
	static const uint8_t nops[] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		uint8_t code[SHAPE_WINDOW];
		struct shape_text t;
		struct shape s = { 0 };
		int found;

		text_of(k, tight, sizeof(tight), code, &t);
		ck_assert_msg(shape_pad(&t, -128, &s), "%s: padding where there is none", known[k].name);
		if (shape_is_landmark(&t, known[k].nr))
			found = NO_SHAPE;
		else if (!shape_number(&t, known[k].nr, &s))
			found = NUMBER;
		else
			found = shape_group(&t, &s) ? NO_SHAPE : GROUP(s.group);
		ck_assert_msg(found == known[k].alone, "%s: %d, not %d", known[k].name, found,
			      known[k].alone);
		text_of(k, nops, sizeof(nops), code, &t);
		ck_assert_msg(!shape_pad(&t, -128, &s), "%s: the padding is not found", known[k].name);
	}
}
END_TEST

/* Wherever two bytes happen to be 0f 05: nothing is read or claimed outside of the text. */
START_TEST(anything)
{
	uint8_t code[SHAPE_WINDOW];
	unsigned int found = 0;

	srandom(2);
	for (int i = 0; i < 60000; i++) {
		struct shape_text t = { .code = code };
		struct shape s;
		int from = -128;

		t.len = 2 + (uint32_t)random() % (SHAPE_WINDOW - 1);
		t.at = (uint32_t)random() % (t.len - 1);
		t.page = (uint32_t)random() % (t.at + 1);
		t.page_end = t.at + 2 + (uint32_t)random() % (t.len - t.at - 1);
		for (uint32_t k = 0; k < t.len; k++) {
			static const uint8_t often[] = { 0x0f, 0x1f, 0x84, 0, 0x66, 0xcc, 0x48, 0x89, 0xb8 };

			code[k] = random() % 3 ? (uint8_t)random() :
						 often[(size_t)random() % sizeof(often)];
		}
		if (i % 3 == 0)
			memset(code, 0xcc, t.len);
		code[t.at] = 0x0f;
		code[t.at + 1] = 0x05;
		shape_read(&t);
		if (!shape_group(&t, &s)) {
			found++;
			ck_assert(s.group <= t.at - t.page && s.group >= 5 &&
				  s.group <= SHAPE_GROUP_MAX);
		}
		for (; !shape_pad(&t, from, &s); from = s.jump + 1) {
			uint8_t pad[SHAPE_SKIP + SHAPE_JUMP];
			int start;
			unsigned int n = shape_pad_code(&s, 0, pad, &start);

			found++;
			start += (int)t.at;
			ck_assert(start >= (int)t.page && start + (int)n <= (int)t.page_end);
			ck_assert(start + (int)n <= (int)t.at || start >= (int)t.at + 2);
		}
	}
	ck_assert(found > 1000);
}
END_TEST

/* ---- on this CPU ---- */

#define TABLE ((uint8_t *)UMVMM_SLOT_TABLE)

static sigjmp_buf back;
static uint64_t fault_rip, fault_rax, fault_flags;
static int fault_signal;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	(void)info;
	fault_signal = sig;
	fault_rip = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
	fault_rax = (uint64_t)uc->uc_mcontext.gregs[REG_RAX];
	fault_flags = (uint64_t)uc->uc_mcontext.gregs[REG_EFL];
	siglongjmp(back, 1);
}

#define FLAGS 0xad5ul /* all that arithmetic sets */
#define RAX   0x1122334455667788ul

/* Returns if the code at p leads to the slot's target, else there was a signal. */
static bool run_from(const uint8_t *p)
{
	if (sigsetjmp(back, 1))
		return false;
	__asm__ volatile("push %1; popfq; jmp *%2"
			 :
			 : "a"(RAX), "r"(FLAGS), "r"(p)
			 : "memory", "cc");
	__builtin_unreachable();
}

/* The jump's target: int3. */
static bool arrived(const uint8_t *target)
{
	return fault_signal == SIGTRAP && fault_rip == (uintptr_t)target + 1;
}

START_TEST(executed)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	static const int signals[] = { SIGILL, SIGTRAP, SIGSEGV, SIGBUS };
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *table = mmap(TABLE, SHAPE_SLOTS_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	unsigned int met = 0;

	ck_assert(code != MAP_FAILED && table == TABLE);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ck_assert(sigaction(signals[i], &sa, NULL) == 0);
	code[0] = 0xcc;
	for (uint32_t n = 0; n < SHAPE_SLOTS; n += n < 64 ? 1 : 5) {
		uint32_t slot = UMVMM_SLOT_TABLE + shape_slot(n);

		ck_assert(slot % 8 == 0 && shape_slot(n) + 8 <= SHAPE_SLOTS_SIZE);
		ck_assert_msg(!*(uint64_t *)(uintptr_t)slot, "slot %u is another's", n);
		*(uint64_t *)(uintptr_t)slot = (uintptr_t)code;
		/* all lengths with some slots, each kind of layout with slots of each row and column */
		for (uint8_t group = 5; group <= (n < 64 ? SHAPE_GROUP_MAX : 8); group++) {
			struct shape s = { .kind = SHAPE_GROUP, .group = group };
			uint8_t *site = code + 64;

			memset(code + 1, 0xf4, 4095);
			shape_code(&s, slot, site);
			if (group >= SHAPE_JUMP)
				memcpy(site + group, "\x0f\x05", 2);
			ck_assert(!run_from(site) && arrived(code));
			ck_assert(fault_rax == RAX && (fault_flags & 0xcd5) == (FLAGS & 0xcd5));
			for (uint32_t i = 1; i <= group; i++) {
				if (i == group ? group >= SHAPE_JUMP :
						 (n % SHAPE_SLOTS_ROW >= SHAPE_GUARDED ||
						  !is_noticed(group, i)))
					continue;
				ck_assert(!run_from(site + i));
				ck_assert_msg(fault_signal == SIGILL &&
						      fault_rip == (uintptr_t)site + i &&
						      fault_rax == RAX &&
						      (fault_flags & 0xcd5) == (FLAGS & 0xcd5),
					      "slot %#x, group of %d, %d: signal %d at %#lx", slot,
					      group, i, fault_signal,
					      fault_rip - (uintptr_t)site);
				met++;
			}
		}
	}
	ck_assert_msg(met > 3000, "%u", met);
	munmap(table, SHAPE_SLOTS_SIZE);
	munmap(code, 4096);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("site_shape");

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, displaced);
	tcase_add_test(tc, library);
	tcase_add_test(tc, libraries);
	tcase_add_test(tc, anything);
	tcase_add_test(tc, executed);
	return unit_run(tc);
}
