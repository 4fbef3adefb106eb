// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * buildid.c - which build of a kernel an ELF file is.
 *
 * Runs: in the manager, and in umvmm gdb.
 */
#include "buildid.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* COUNT entries of SIZE bytes from OFFSET on lie in the file. */
static bool inside(size_t file, uint64_t offset, uint64_t count, uint64_t size)
{
	return offset <= file && (file - offset) / size >= count;
}

static bool header(Elf64_Ehdr *eh, const uint8_t *elf, size_t size)
{
	if (size < sizeof(*eh))
		return false;
	memcpy(eh, elf, sizeof(*eh));
	return !memcmp(eh->e_ident, ELFMAG, SELFMAG) && eh->e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh->e_ident[EI_DATA] == ELFDATA2LSB;
}

static size_t padded(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static bool find_in_notes(char *text, const uint8_t *notes, size_t size)
{
	Elf64_Nhdr note;

	while (size >= sizeof(note)) {
		const uint8_t *name = notes + sizeof(note);
		size_t whole;

		memcpy(&note, notes, sizeof(note));
		whole = sizeof(note) + padded(note.n_namesz) + padded(note.n_descsz);
		if (whole > size)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(name, "GNU", 4) && note.n_descsz <= (BUILDID_TEXT - 1) / 2) {
			for (uint32_t i = 0; i < note.n_descsz; i++)
				snprintf(text + 2 * i, 3, "%02x", name[4 + i]);
			return note.n_descsz > 0;
		}
		notes += whole;
		size -= whole;
	}
	return false;
}

bool buildid_find(char text[static BUILDID_TEXT], const uint8_t *elf, size_t size)
{
	Elf64_Ehdr eh;

	text[0] = '\0';
	if (!header(&eh, elf, size) || eh.e_phentsize != sizeof(Elf64_Phdr) ||
	    !inside(size, eh.e_phoff, eh.e_phnum, sizeof(Elf64_Phdr)))
		return false;
	for (unsigned int i = 0; i < eh.e_phnum; i++) {
		Elf64_Phdr ph;

		memcpy(&ph, elf + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type == PT_NOTE && inside(size, ph.p_offset, ph.p_filesz, 1) &&
		    find_in_notes(text, elf + ph.p_offset, ph.p_filesz))
			return true;
	}
	return false;
}

bool buildid_has_symbols(const uint8_t *elf, size_t size)
{
	Elf64_Ehdr eh;

	if (!header(&eh, elf, size) || eh.e_shentsize != sizeof(Elf64_Shdr) ||
	    !inside(size, eh.e_shoff, eh.e_shnum, sizeof(Elf64_Shdr)))
		return false;
	for (unsigned int i = 0; i < eh.e_shnum; i++) {
		Elf64_Shdr sh;

		memcpy(&sh, elf + eh.e_shoff + i * sizeof(sh), sizeof(sh));
		if (sh.sh_type == SHT_SYMTAB && sh.sh_size)
			return true;
	}
	return false;
}
