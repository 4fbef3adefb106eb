// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * symbol.c - names for addresses in the monitor, from the embedded program.
 *
 * Runs: in the manager, when the monitor was at fault; pure.
 */
#include "image.h"

#include <stddef.h>
#include <string.h>

const char *monitor_image_symbol(uint64_t va, uint64_t *offset)
{
	const struct elf *elf = monitor_image();
	const char *name = NULL;
	uint64_t start, end;
	Elf64_Shdr sh, names;

	monitor_image_text(&start, &end);
	if (va < start || va >= end)
		return NULL;
	*offset = UINT64_MAX;
	for (unsigned int i = 0; elf_section(elf, i, &sh); i++) {
		const uint8_t *symbols = elf_section_data(elf, &sh);

		if (sh.sh_type != SHT_SYMTAB || !symbols || !elf_section(elf, sh.sh_link, &names))
			continue;
		for (uint64_t at = 0; sh.sh_size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
			unsigned char type;
			Elf64_Sym sym;

			/* assembly's labels have no type; some are at the start of a function */
			memcpy(&sym, symbols + at, sizeof(sym));
			type = ELF64_ST_TYPE(sym.st_info);
			if ((type != STT_FUNC && type != STT_NOTYPE) || !sym.st_name ||
			    sym.st_value > va || va - sym.st_value > *offset ||
			    (va - sym.st_value == *offset && type != STT_FUNC))
				continue;
			*offset = va - sym.st_value;
			name = elf_string(elf, &names, sym.st_name);
		}
	}
	return name;
}
