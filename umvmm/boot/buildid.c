// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * buildid.c - which build of a kernel an ELF file is.
 *
 * Runs: in the manager, and in umvmm gdb.
 */
#include "buildid.h"

#include <stdio.h>
#include <string.h>

#include <umvmm/base/elf.h>

static bool find_in_notes(char *text, const uint8_t *notes, size_t size)
{
	struct elf_note note;

	while (elf_note(&notes, &size, &note)) {
		if (note.type != NT_GNU_BUILD_ID || note.name_size != 4 || memcmp(note.name, "GNU", 4) != 0 ||
		    !note.desc_size || note.desc_size > (BUILDID_TEXT - 1) / 2)
			continue;
		for (uint32_t i = 0; i < note.desc_size; i++)
			snprintf(text + 2 * i, 3, "%02x", note.desc[i]);
		return true;
	}
	return false;
}

bool buildid_find(char text[static BUILDID_TEXT], const uint8_t *file, size_t size)
{
	const uint8_t *notes;
	struct elf elf;
	Elf64_Phdr ph;

	text[0] = '\0';
	if (elf_open(&elf, file, size) != ELF_OK)
		return false;
	for (unsigned int i = 0; elf_segment(&elf, i, &ph); i++) {
		notes = ph.p_type == PT_NOTE ? elf_range(&elf, ph.p_offset, ph.p_filesz) : NULL;
		if (notes && find_in_notes(text, notes, ph.p_filesz))
			return true;
	}
	return false;
}

bool buildid_has_symbols(const uint8_t *file, size_t size)
{
	struct elf elf;
	Elf64_Shdr sh;

	if (elf_open(&elf, file, size) != ELF_OK)
		return false;
	for (unsigned int i = 0; elf_section(&elf, i, &sh); i++)
		if (sh.sh_type == SHT_SYMTAB && sh.sh_size)
			return true;
	return false;
}
