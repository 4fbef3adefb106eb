// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image.c - an ELF file as the verifier sees it: code, symbols, sites.
 *
 * Runs: in the verifier, on the build machine.
 */
#include "image.h"

#include <err.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not in linux/elf.h; System V ABI, AMD64 supplement, table 4.9. */
#define RELOC_PC32   2
#define NOTE_SECTION ".note.umvmm"

/*
 * struct alt_instr of Linux 6.1: addresses relative to where they are. SMAP, word 9 bit 20,
 * is off in the guest's CPUID (umvmm/boot/cpuid_mask.c).
 */
struct alternative {
	int32_t original, replacement;
	uint16_t feature;
	uint8_t original_len, replacement_len;
};
#define FEATURE_SMAP (9 * 32 + 20)

struct reader {
	struct image *image;
	const Elf64_Shdr *sections;
	unsigned int count;
	const char *names;
	size_t names_size;
};

static void malformed(const struct image *image)
{
	errx(2, "%s: malformed ELF file", image->path);
}

/* The one check of a range in the file. Tables must be aligned as compilers write them. */
static const void *at(const struct image *image, uint64_t offset, uint64_t len)
{
	if (offset > image->size || len > image->size - offset)
		malformed(image);
	return image->file + offset;
}

static const void *table(const struct image *image, const Elf64_Shdr *s)
{
	if (s->sh_offset % 8)
		malformed(image);
	return at(image, s->sh_offset, s->sh_size);
}

static const char *string(const struct image *image, const char *strings, size_t size, size_t i)
{
	if (i >= size || !memchr(strings + i, 0, size - i))
		malformed(image);
	return strings + i;
}

static const char *section_name(const struct reader *r, const Elf64_Shdr *s)
{
	return string(r->image, r->names, r->names_size, s->sh_name);
}

/* In a relocatable file: 4 GiB for each section, by its number. */
static uint64_t section_base(const struct reader *r, unsigned int i)
{
	return r->image->relocatable ? (uint64_t)(i + 1) << 32 : r->sections[i].sh_addr;
}

static void *grow(void *array, size_t count, size_t item)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * item);
	if (!array)
		err(2, "realloc");
	return array;
}

static void add_site(struct image *image, const struct note_site *site)
{
	image->sites = grow(image->sites, image->site_count, sizeof(*image->sites));
	image->sites[image->site_count++] = *site;
}

static void open_sections(struct reader *r)
{
	struct image *image = r->image;
	const Elf64_Ehdr *eh = at(image, 0, sizeof(*eh));
	const Elf64_Shdr *names;

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_machine != EM_X86_64)
		errx(2, "%s: not an x86-64 ELF file", image->path);
	if (eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shoff % 8 ||
	    eh->e_shstrndx >= eh->e_shnum)
		malformed(image);
	image->relocatable = eh->e_type == ET_REL;
	r->count = eh->e_shnum;
	r->sections = at(image, eh->e_shoff, (uint64_t)r->count * sizeof(Elf64_Shdr));
	names = &r->sections[eh->e_shstrndx];
	r->names = at(image, names->sh_offset, names->sh_size);
	r->names_size = names->sh_size;
}

static void add_code(struct reader *r)
{
	struct image *image = r->image;

	for (unsigned int i = 0; i < r->count; i++) {
		const Elf64_Shdr *s = &r->sections[i];

		if (s->sh_type != SHT_PROGBITS || !(s->sh_flags & SHF_EXECINSTR) ||
		    !(s->sh_flags & SHF_ALLOC))
			continue;
		image->code = grow(image->code, image->code_count, sizeof(*image->code));
		image->code[image->code_count++] = (struct section){
			.name = section_name(r, s),
			.data = at(image, s->sh_offset, s->sh_size),
			.vaddr = section_base(r, i),
			.size = s->sh_size,
			.replacement = !strcmp(section_name(r, s), ".altinstr_replacement"),
		};
	}
}

static void add_alternatives(struct reader *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		const Elf64_Shdr *s = &r->sections[i];

		if (s->sh_type != SHT_PROGBITS || strcmp(section_name(r, s), ".altinstructions"))
			continue;
		if (s->sh_size % sizeof(struct alternative))
			malformed(r->image);
		r->image->alternatives = (struct section){
			.data = at(r->image, s->sh_offset, s->sh_size),
			.vaddr = s->sh_addr,
			.size = s->sh_size,
		};
	}
}

static void add_symbols(struct reader *r)
{
	struct image *image = r->image;

	for (unsigned int i = 0; i < r->count; i++) {
		const Elf64_Shdr *s = &r->sections[i], *strings;
		const Elf64_Sym *sym;

		if (s->sh_type != SHT_SYMTAB)
			continue;
		if (s->sh_link >= r->count)
			malformed(image);
		strings = &r->sections[s->sh_link];
		sym = table(image, s);
		for (size_t n = s->sh_size / sizeof(*sym); n--; sym++) {
			int type = ELF64_ST_TYPE(sym->st_info);

			if (sym->st_shndx >= r->count || !sym->st_shndx || type > STT_FUNC)
				continue;
			if (!(r->sections[sym->st_shndx].sh_flags & SHF_EXECINSTR))
				continue;
			image->symbols = grow(image->symbols, image->symbol_count,
					      sizeof(*image->symbols));
			image->symbols[image->symbol_count++] = (struct symbol){
				.name = string(image, at(image, strings->sh_offset, strings->sh_size),
					       strings->sh_size, sym->st_name),
				.vaddr = sym->st_value +
					 (image->relocatable ? section_base(r, sym->st_shndx) : 0),
				.size = sym->st_size,
				.data = type == STT_OBJECT,
			};
		}
	}
}

/* A linked file: the notes hold addresses, perhaps among other notes. */
static void add_linked_sites(struct reader *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		const Elf64_Shdr *s = &r->sections[i];
		struct note_walk walk;
		struct note_site site;
		int more;

		if (s->sh_type != SHT_NOTE || !(s->sh_flags & SHF_ALLOC))
			continue;
		note_begin(&walk, at(r->image, s->sh_offset, s->sh_size), s->sh_size, s->sh_addr);
		while ((more = note_next(&walk, &site)) > 0)
			add_site(r->image, &site);
		if (more < 0)
			errx(2, "%s: malformed note in %s", r->image->path, section_name(r, s));
		r->image->note_count += walk.notes;
	}
}

static const Elf64_Shdr *relocations_of(const struct reader *r, unsigned int target)
{
	for (unsigned int i = 0; i < r->count; i++)
		if (r->sections[i].sh_type == SHT_RELA && r->sections[i].sh_info == target)
			return &r->sections[i];
	return NULL;
}

/* One site of a relocatable file: its address is in the relocation at its place. */
static void add_relocated_site(struct reader *r, const Elf64_Shdr *note, const Elf64_Shdr *rela,
			       const Elf64_Rela *reloc)
{
	struct image *image = r->image;
	const Elf64_Shdr *symtab;
	const Elf64_Sym *sym;
	const uint8_t *record;

	if (rela->sh_link >= r->count)
		malformed(image);
	symtab = &r->sections[rela->sh_link];
	if (ELF64_R_TYPE(reloc->r_info) != RELOC_PC32 ||
	    ELF64_R_SYM(reloc->r_info) >= symtab->sh_size / sizeof(*sym) ||
	    reloc->r_offset > note->sh_size || note->sh_size - reloc->r_offset < 8)
		malformed(image);
	sym = (const Elf64_Sym *)table(image, symtab) + ELF64_R_SYM(reloc->r_info);
	if (!sym->st_shndx || sym->st_shndx >= r->count)
		malformed(image);
	record = at(image, note->sh_offset + reloc->r_offset, 8);
	add_site(image, &(struct note_site){
				.vaddr = section_base(r, sym->st_shndx) + sym->st_value +
					 reloc->r_addend,
				.len = record[4],
			});
}

static void add_relocatable_sites(struct reader *r)
{
	for (unsigned int i = 0; i < r->count; i++) {
		const Elf64_Shdr *s = &r->sections[i], *rela;
		const Elf64_Rela *reloc;

		if (s->sh_type != SHT_NOTE || strcmp(section_name(r, s), NOTE_SECTION))
			continue;
		r->image->note_count++;
		rela = relocations_of(r, i);
		if (!rela)
			continue;
		reloc = table(r->image, rela);
		for (size_t n = rela->sh_size / sizeof(*reloc); n--; reloc++)
			add_relocated_site(r, s, rela, reloc);
	}
}

static int by_site(const void *a, const void *b)
{
	const struct note_site *x = a, *y = b;

	return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

static int by_section(const void *a, const void *b)
{
	const struct section *x = a, *y = b;

	return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

static int by_symbol(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->vaddr != y->vaddr)
		return x->vaddr < y->vaddr ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

void image_open(struct image *image, const char *path)
{
	struct reader r = { .image = image };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*image = (struct image){ .path = path };
	if (fd < 0 || fstat(fd, &st))
		err(2, "%s", path);
	image->size = st.st_size;
	image->file = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image->file == MAP_FAILED)
		err(2, "%s", path);
	close(fd);
	open_sections(&r);
	add_code(&r);
	add_symbols(&r);
	if (image->relocatable) {
		add_relocatable_sites(&r);
	} else {
		add_linked_sites(&r);
		add_alternatives(&r);
	}
	if (image->code_count)
		qsort(image->code, image->code_count, sizeof(*image->code), by_section);
	if (image->symbol_count)
		qsort(image->symbols, image->symbol_count, sizeof(*image->symbols), by_symbol);
	if (image->site_count)
		qsort(image->sites, image->site_count, sizeof(*image->sites), by_site);
}

void image_close(struct image *image)
{
	free(image->code);
	free(image->symbols);
	free(image->sites);
	munmap((void *)image->file, image->size);
}

const struct symbol *image_symbol(const struct image *image, uint64_t vaddr)
{
	size_t low = 0, high = image->symbol_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (image->symbols[mid].vaddr <= vaddr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &image->symbols[low - 1] : NULL;
}

const struct note_site *image_site(const struct image *image, uint64_t vaddr)
{
	size_t low = 0, high = image->site_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (image->sites[mid].vaddr <= vaddr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || vaddr - image->sites[low - 1].vaddr >= image->sites[low - 1].len)
		return NULL;
	return &image->sites[low - 1];
}

bool image_unused(const struct image *image, uint64_t vaddr)
{
	const struct section *s = &image->alternatives;

	for (uint64_t i = 0; i < s->size; i += sizeof(struct alternative)) {
		struct alternative a;

		memcpy(&a, s->data + i, sizeof(a));
		if (a.feature == FEATURE_SMAP &&
		    vaddr - (s->vaddr + i + offsetof(struct alternative, replacement) +
			     a.replacement) < a.replacement_len)
			return true;
	}
	return false;
}
