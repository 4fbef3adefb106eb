// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf.c - rewrite the sites of a whole kernel file.
 *
 * Runs: in the manager's loader. Hosted.
 *
 * Must hold: the file is hostile. Every offset is checked against its size
 * before use; nothing in it is trusted to be aligned.
 */
#include "elf.h"

#include <linux/elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "note.h"

struct file {
	const uint8_t *data;
	size_t size;
	uint64_t shoff;
	unsigned int sections;
	const char *names;
	size_t names_size;
};

struct range {
	uint64_t start;
	uint64_t end;
};

struct job {
	struct file file;
	struct range skip; /* .altinstr_replacement */
	struct note_site *sites;
	size_t count;
	size_t size;
	void *(*map)(void *ctx, uint64_t vaddr, size_t len);
	void *map_ctx;
};

/* The one check of a range in the file. */
static const uint8_t *file_range(const struct file *f, uint64_t offset, uint64_t len)
{
	if (offset > f->size || len > f->size - offset)
		return NULL;
	return f->data + offset;
}

static int section(const struct file *f, unsigned int i, Elf64_Shdr *out)
{
	const uint8_t *p = file_range(f, f->shoff + (uint64_t)i * sizeof(*out), sizeof(*out));

	if (!p)
		return REWRITE_E_ELF;
	memcpy(out, p, sizeof(*out));
	return 0;
}

static int section_is(const struct file *f, const Elf64_Shdr *s, const char *name)
{
	size_t len = strlen(name) + 1;

	return s->sh_name < f->names_size && f->names_size - s->sh_name >= len &&
	       !memcmp(f->names + s->sh_name, name, len);
}

static int open_file(struct file *f, const void *elf, size_t size)
{
	Elf64_Ehdr eh;
	Elf64_Shdr names;

	*f = (struct file){ .data = elf, .size = size };
	if (size < sizeof(eh))
		return REWRITE_E_ELF;
	memcpy(&eh, elf, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != EM_X86_64)
		return REWRITE_E_ELF;
	if (!eh.e_shoff || !eh.e_shnum || eh.e_shentsize != sizeof(Elf64_Shdr))
		return REWRITE_E_ELF;
	f->shoff = eh.e_shoff;
	f->sections = eh.e_shnum;
	if (!file_range(f, f->shoff, (uint64_t)f->sections * sizeof(Elf64_Shdr)))
		return REWRITE_E_ELF;
	if (eh.e_shstrndx >= f->sections || section(f, eh.e_shstrndx, &names))
		return REWRITE_E_ELF;
	f->names = (const char *)file_range(f, names.sh_offset, names.sh_size);
	f->names_size = names.sh_size;
	return f->names ? 0 : REWRITE_E_ELF;
}

static int is_note(const Elf64_Shdr *s)
{
	return s->sh_type == SHT_NOTE && (s->sh_flags & SHF_ALLOC);
}

static int add_site(struct job *j, const struct note_site *site)
{
	if (j->count == j->size) {
		size_t size = j->size ? 2 * j->size : 4096;
		struct note_site *sites = realloc(j->sites, size * sizeof(*sites));

		if (!sites)
			return REWRITE_E_MANY;
		j->sites = sites;
		j->size = size;
	}
	j->sites[j->count++] = *site;
	return 0;
}

static int collect(struct job *j, size_t *notes)
{
	for (unsigned int i = 0; i < j->file.sections; i++) {
		struct note_walk walk;
		struct note_site site;
		const uint8_t *data;
		Elf64_Shdr s;
		int more;

		if (section(&j->file, i, &s))
			return REWRITE_E_ELF;
		if (section_is(&j->file, &s, ".altinstr_replacement")) {
			if (s.sh_addr + s.sh_size < s.sh_addr)
				return REWRITE_E_ELF;
			j->skip = (struct range){ s.sh_addr, s.sh_addr + s.sh_size };
		}
		if (!is_note(&s))
			continue;
		data = file_range(&j->file, s.sh_offset, s.sh_size);
		if (!data)
			return REWRITE_E_ELF;
		note_begin(&walk, data, s.sh_size, s.sh_addr);
		while ((more = note_next(&walk, &site)) > 0)
			if (add_site(j, &site))
				return REWRITE_E_MANY;
		if (more < 0)
			return REWRITE_E_NOTE;
		*notes += walk.notes;
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct note_site *x = a, *y = b;

	return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

static int check_disjoint(struct job *j, uint64_t *bad)
{
	if (j->count)
		qsort(j->sites, j->count, sizeof(*j->sites), by_address);
	for (size_t i = 0; i < j->count; i++) {
		const struct note_site *s = &j->sites[i];

		*bad = s->vaddr;
		if (s->vaddr + s->len < s->vaddr)
			return REWRITE_E_RANGE;
		if (i + 1 < j->count && s->vaddr + s->len > s[1].vaddr)
			return REWRITE_E_OVERLAP;
	}
	*bad = 0;
	return 0;
}

static void *map_loaded(void *ctx, uint64_t vaddr, size_t len)
{
	struct job *j = ctx;

	return j->map(j->map_ctx, vaddr, len);
}

static int skip_replacement(void *ctx, uint64_t vaddr, size_t len)
{
	struct job *j = ctx;

	return vaddr < j->skip.end && vaddr + len > j->skip.start;
}

static int rewrite_all(struct job *j, enum rewrite_mode mode, struct rewrite_stats *stats)
{
	const struct rewrite_target target = {
		.map = map_loaded,
		.skip = skip_replacement,
		.ctx = j,
		.mode = mode,
		.disjoint = 1,
	};

	for (unsigned int i = 0; i < j->file.sections; i++) {
		Elf64_Shdr s;
		int error;

		if (section(&j->file, i, &s))
			return REWRITE_E_ELF;
		if (!is_note(&s))
			continue;
		error = rewrite_note(j->file.data + s.sh_offset, s.sh_size, s.sh_addr, &target,
				     stats);
		if (error)
			return error;
	}
	return 0;
}

int afterburn_elf(const void *elf, size_t elf_size,
		  void *(*map)(void *ctx, uint64_t vaddr, size_t len), void *ctx,
		  enum rewrite_mode mode, struct rewrite_stats *stats, char *err, size_t errlen)
{
	struct job j = { .map = map, .map_ctx = ctx };
	size_t notes = 0;
	int error;

	memset(stats, 0, sizeof(*stats));
	error = open_file(&j.file, elf, elf_size);
	if (!error)
		error = collect(&j, &notes);
	if (!error && !notes)
		error = REWRITE_E_MISSING;
	if (!error)
		error = check_disjoint(&j, &stats->bad_site);
	if (!error)
		error = rewrite_all(&j, mode, stats);
	free(j.sites);
	if (!error)
		return 0;
	if (stats->bad_site)
		snprintf(err, errlen, "%s, at %#" PRIx64, rewrite_strerror(error), stats->bad_site);
	else
		snprintf(err, errlen, "%s", rewrite_strerror(error));
	return error;
}
