// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * monitor_symbol.c - names for addresses in the monitor, from the embedded program.
 *
 * Runs: in the manager, when the monitor was at fault; pure.
 */
#include "monitor_image.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

static Elf64_Shdr section(const Elf64_Ehdr *eh, unsigned int index)
{
	Elf64_Shdr sh;

	memcpy(&sh, monitor_elf + eh->e_shoff + index * sizeof(sh), sizeof(sh));
	return sh;
}

const char *monitor_image_symbol(uint64_t va, uint64_t *offset)
{
	const char *name = NULL;
	uint64_t start, end;
	Elf64_Ehdr eh;

	monitor_image_text(&start, &end);
	if (va < start || va >= end)
		return NULL;
	*offset = UINT64_MAX;
	memcpy(&eh, monitor_elf, sizeof(eh));
	for (unsigned int i = 0; i < eh.e_shnum; i++) {
		const Elf64_Shdr sh = section(&eh, i);

		if (sh.sh_type != SHT_SYMTAB)
			continue;
		for (uint64_t at = 0; at < sh.sh_size; at += sizeof(Elf64_Sym)) {
			Elf64_Sym sym;

			/* assembly's labels have no type */
			memcpy(&sym, monitor_elf + sh.sh_offset + at, sizeof(sym));
			if (ELF64_ST_TYPE(sym.st_info) > STT_FUNC || !sym.st_name ||
			    ELF64_ST_TYPE(sym.st_info) == STT_OBJECT || sym.st_value > va ||
			    va - sym.st_value >= *offset)
				continue;
			*offset = va - sym.st_value;
			name = (const char *)monitor_elf + section(&eh, sh.sh_link).sh_offset +
			       sym.st_name;
		}
	}
	return name;
}
