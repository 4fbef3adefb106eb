// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check.c - compare the sensitive instructions of a file with its sites.
 *
 * Runs: in the verifier, on the build machine.
 *
 * Code is disassembled from symbol to symbol; objects in code sections are
 * left out. Where bytes do not decode, the walk continues one byte further, at
 * the latest at the next symbol.
 *
 * Must hold: every sensitive instruction lies within a site, and every site
 * holds exactly one. In .altinstr_replacement, which the rewriter leaves
 * alone, only instructions that fault by nature may be, recorded or not;
 * and any that no guest gets to see.
 */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <err.h>

#include "table.h"

struct totals {
	unsigned long recorded[ZYDIS_MNEMONIC_MAX_VALUE + 1];
	unsigned long replacement[ZYDIS_MNEMONIC_MAX_VALUE + 1];
	unsigned long instructions;
	unsigned long undecoded;
};

struct checker {
	const struct image *image;
	const struct check_options *options;
	ZydisDecoder decoder;
	ZydisFormatter formatter;
	struct totals totals;
	uint8_t *used; /* per site: sensitive instructions in it, at most 2 */
	unsigned long errors;
};

static void print_where(const struct checker *c, FILE *out, uint64_t vaddr)
{
	const struct symbol *s = image_symbol(c->image, vaddr);

	fprintf(out, "%s: %#" PRIx64, c->image->path, vaddr);
	if (s)
		fprintf(out, " <%s+%#" PRIx64 ">", s->name, vaddr - s->vaddr);
}

static void print_insn(const struct checker *c, FILE *out, uint64_t vaddr,
		       const ZydisDecoderContext *context, const ZydisDecodedInstruction *insn)
{
	ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
	char text[128] = "?";

	if (ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&c->decoder, context, insn, op,
						    insn->operand_count)))
		ZydisFormatterFormatInstruction(&c->formatter, insn, op,
						insn->operand_count_visible, text, sizeof(text),
						vaddr, NULL);
	print_where(c, out, vaddr);
	fprintf(out, ": %s", text);
}

static void found(struct checker *c, const struct section *section, uint64_t vaddr,
		  const ZydisDecoderContext *context, const ZydisDecodedInstruction *insn,
		  enum sensitivity sensitivity)
{
	const struct note_site *site = image_site(c->image, vaddr);
	const char *problem = NULL;

	if (site && c->used[site - c->image->sites] < 2)
		c->used[site - c->image->sites]++;
	if (section->replacement) {
		c->totals.replacement[insn->mnemonic]++;
		if (sensitivity == SILENT && !image_unused(c->image, vaddr))
			problem = "does not fault, and is not rewritten in an alternative";
	} else if (!site) {
		problem = "not recorded as a site";
	} else if (vaddr + insn->length > site->vaddr + site->len) {
		problem = "reaches beyond its site";
	} else {
		c->totals.recorded[insn->mnemonic]++;
	}
	if (problem) {
		c->errors++;
		print_insn(c, stderr, vaddr, context, insn);
		fprintf(stderr, ": %s\n", problem);
	} else if (c->options->list) {
		print_insn(c, stdout, vaddr, context, insn);
		printf(site ? " [%u bytes]\n" : "\n", site ? site->len : 0);
	}
}

/* Disassembles [vaddr, end) of one section. */
static void walk(struct checker *c, const struct section *section, uint64_t vaddr, uint64_t end)
{
	while (vaddr < end) {
		uint64_t offset = vaddr - section->vaddr;
		ZydisDecoderContext context;
		ZydisDecodedInstruction insn;
		enum sensitivity sensitivity;

		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&c->decoder, &context,
								section->data + offset,
								section->size - offset, &insn))) {
			c->totals.undecoded++;
			vaddr++;
			continue;
		}
		c->totals.instructions++;
		sensitivity = table_look_up(&c->decoder, &context, &insn);
		if (sensitivity != HARMLESS)
			found(c, section, vaddr, &context, &insn, sensitivity);
		vaddr += insn.length;
	}
}

static void check_section(struct checker *c, const struct section *section)
{
	const struct image *image = c->image;
	uint64_t vaddr = section->vaddr, end = section->vaddr + section->size;

	for (size_t i = 0; i < image->symbol_count && vaddr < end; i++) {
		const struct symbol *s = &image->symbols[i];

		if (s->vaddr >= end)
			break;
		if (s->vaddr < vaddr)
			continue;
		walk(c, section, vaddr, s->vaddr);
		vaddr = s->vaddr;
		if (s->data)
			vaddr += s->size > end - vaddr ? end - vaddr : s->size;
	}
	walk(c, section, vaddr, end);
}

/* Sites outside code sections (templates in read-only data) are the rewriter's to check. */
static bool in_code(const struct image *image, uint64_t vaddr)
{
	for (size_t i = 0; i < image->code_count; i++)
		if (vaddr - image->code[i].vaddr < image->code[i].size)
			return true;
	return false;
}

static void check_sites(struct checker *c)
{
	const struct image *image = c->image;

	for (size_t i = 0; i < image->site_count; i++) {
		const struct note_site *site = &image->sites[i];
		const char *problem = NULL;

		if (i + 1 < image->site_count && site->vaddr + site->len > site[1].vaddr)
			problem = "overlaps the next site";
		else if (!c->used[i] && in_code(image, site->vaddr))
			problem = "holds no sensitive instruction";
		else if (c->used[i] > 1)
			problem = "holds more than one sensitive instruction";
		if (!problem)
			continue;
		c->errors++;
		print_where(c, stderr, site->vaddr);
		fprintf(stderr, ": site of %u bytes %s\n", site->len, problem);
	}
}

static void print_stats(const struct checker *c)
{
	const struct totals *t = &c->totals;

	printf("%s: %zu notes, %zu sites, %lu instructions, %lu bytes not decoded\n",
	       c->image->path, c->image->note_count, c->image->site_count, t->instructions,
	       t->undecoded);
	printf("%-12s %10s %12s\n", "instruction", "recorded", "replacement");
	for (int i = 0; i <= ZYDIS_MNEMONIC_MAX_VALUE; i++)
		if (t->recorded[i] || t->replacement[i])
			printf("%-12s %10lu %12lu\n", ZydisMnemonicGetString(i), t->recorded[i],
			       t->replacement[i]);
}

unsigned long check(const struct image *image, const struct check_options *options)
{
	struct checker c = { .image = image, .options = options };

	ZydisDecoderInit(&c.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	ZydisFormatterInit(&c.formatter, ZYDIS_FORMATTER_STYLE_ATT);
	c.used = calloc(image->site_count + 1, 1);
	if (!c.used)
		err(2, "calloc");
	if (!image->note_count) {
		c.errors++;
		fprintf(stderr, "%s: no site note: not assembled with the afterburner\n",
			image->path);
	}
	for (size_t i = 0; i < image->code_count; i++)
		check_section(&c, &image->code[i]);
	check_sites(&c);
	if (options->stats)
		print_stats(&c);
	free(c.used);
	return c.errors;
}
