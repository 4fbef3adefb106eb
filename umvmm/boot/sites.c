// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sites.c - rewrites the sites of a whole kernel file.
 *
 * Runs: in the manager's loader.
 *
 * Must hold: the file is hostile: elf.c finds what lies in it, and rewrite.c looks at what that is.
 */
#include "sites.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <guest-arch/afterburn/note.h>
#include <umvmm/base/elf.h>

struct range {
	uint64_t start;
	uint64_t end;
};

struct job {
	struct elf elf;
	struct range skip; /* .altinstr_replacement */
	struct note_site *sites;
	size_t count;
	size_t size;
	void *(*map)(void *ctx, uint64_t vaddr, size_t len);
	void *map_ctx;
};

/* Sections, and their names, without which nobody knows which code is not where it will run. */
static int open_file(struct elf *elf, const void *file, size_t size)
{
	Elf64_Shdr names;

	if (elf_open(elf, file, size) != ELF_OK || !elf->sections ||
	    !elf_section(elf, elf->header.e_shstrndx, &names) ||
	    !elf_range(elf, names.sh_offset, names.sh_size))
		return REWRITE_E_ELF;
	return 0;
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
	Elf64_Shdr s;

	for (unsigned int i = 0; elf_section(&j->elf, i, &s); i++) {
		struct note_walk walk;
		struct note_site site;
		const uint8_t *data;
		int more;

		if (!strcmp(elf_section_name(&j->elf, &s), ".altinstr_replacement")) {
			if (s.sh_addr + s.sh_size < s.sh_addr)
				return REWRITE_E_ELF;
			j->skip = (struct range){ s.sh_addr, s.sh_addr + s.sh_size };
		}
		if (!is_note(&s))
			continue;
		data = elf_section_data(&j->elf, &s);
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
	Elf64_Shdr s;

	for (unsigned int i = 0; elf_section(&j->elf, i, &s); i++) {
		int error;

		if (!is_note(&s))
			continue;
		/* that it lies in the file collect() has seen */
		error = rewrite_note(elf_section_data(&j->elf, &s), s.sh_size, s.sh_addr, &target,
				     stats);
		if (error)
			return error;
	}
	return 0;
}

int sites_rewrite(const void *file, size_t size,
		  void *(*map)(void *ctx, uint64_t vaddr, size_t len), void *ctx,
		  enum rewrite_mode mode, struct rewrite_stats *stats, char *err, size_t errlen)
{
	struct job j = { .map = map, .map_ctx = ctx };
	size_t notes = 0;
	int error;

	memset(stats, 0, sizeof(*stats));
	error = open_file(&j.elf, file, size);
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
