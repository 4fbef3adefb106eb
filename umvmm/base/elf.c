// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf.c - reads 64-bit little-endian x86 ELF files, of any origin.
 *
 * Runs: in any ordinary process; pure.
 */
#include "elf.h"

#include <string.h>

const uint8_t *elf_range(const struct elf *elf, uint64_t offset, uint64_t len)
{
	if (offset > elf->size || len > elf->size - offset)
		return NULL;
	return elf->data + offset;
}

/* COUNT entries of a table, or none of them. */
static unsigned int table(const struct elf *elf, uint64_t offset, unsigned int count,
			  size_t entry_size, size_t expected)
{
	if (entry_size != expected || !elf_range(elf, offset, (uint64_t)count * expected))
		return 0;
	return count;
}

enum elf_error elf_open(struct elf *elf, const void *data, size_t size)
{
	Elf64_Ehdr *eh = &elf->header;

	*elf = (struct elf){ .data = data, .size = size };
	if (size < sizeof(*eh))
		return ELF_SHORT;
	memcpy(eh, data, sizeof(*eh));
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] != ELFDATA2LSB || eh->e_machine != EM_X86_64)
		return ELF_OTHER;
	elf->segments = table(elf, eh->e_phoff, eh->e_phnum, eh->e_phentsize, sizeof(Elf64_Phdr));
	elf->sections = table(elf, eh->e_shoff, eh->e_shnum, eh->e_shentsize, sizeof(Elf64_Shdr));
	return ELF_OK;
}

bool elf_segments_damaged(const struct elf *elf)
{
	return elf->segments != elf->header.e_phnum;
}

bool elf_sections_damaged(const struct elf *elf)
{
	return elf->sections != elf->header.e_shnum;
}

bool elf_segment(const struct elf *elf, unsigned int i, Elf64_Phdr *ph)
{
	if (i >= elf->segments)
		return false;
	memcpy(ph, elf->data + elf->header.e_phoff + i * sizeof(*ph), sizeof(*ph));
	return true;
}

bool elf_section(const struct elf *elf, unsigned int i, Elf64_Shdr *sh)
{
	if (i >= elf->sections)
		return false;
	memcpy(sh, elf->data + elf->header.e_shoff + i * sizeof(*sh), sizeof(*sh));
	return true;
}

const uint8_t *elf_section_data(const struct elf *elf, const Elf64_Shdr *sh)
{
	return sh->sh_type == SHT_NOBITS ? NULL : elf_range(elf, sh->sh_offset, sh->sh_size);
}

const char *elf_string(const struct elf *elf, const Elf64_Shdr *strings, uint64_t index)
{
	const char *text = (const char *)elf_section_data(elf, strings);

	if (!text || index >= strings->sh_size ||
	    !memchr(text + index, '\0', strings->sh_size - index))
		return NULL;
	return text + index;
}

const char *elf_section_name(const struct elf *elf, const Elf64_Shdr *sh)
{
	const char *name = NULL;
	Elf64_Shdr names;

	if (elf_section(elf, elf->header.e_shstrndx, &names))
		name = elf_string(elf, &names, sh->sh_name);
	return name ? name : "";
}

bool elf_find_section(const struct elf *elf, const char *name, Elf64_Shdr *sh)
{
	for (unsigned int i = 0; elf_section(elf, i, sh); i++)
		if (!strcmp(elf_section_name(elf, sh), name))
			return true;
	return false;
}

static uint64_t padded(uint32_t size)
{
	return ((uint64_t)size + 3) & ~3ull;
}

bool elf_note(const uint8_t **at, size_t *size, struct elf_note *note)
{
	Elf64_Nhdr head;
	uint64_t desc, end;

	if (*size < sizeof(head))
		return false;
	memcpy(&head, *at, sizeof(head));
	desc = sizeof(head) + padded(head.n_namesz);
	end = desc + head.n_descsz;
	if (end > *size)
		return false;
	*note = (struct elf_note){
		.type = head.n_type,
		.name = (const char *)*at + sizeof(head),
		.name_size = head.n_namesz,
		.desc = *at + desc,
		.desc_size = head.n_descsz,
	};
	/* the last one need not be padded */
	end = desc + padded(head.n_descsz);
	if (end > *size)
		end = *size;
	*at += end;
	*size -= end;
	return true;
}
