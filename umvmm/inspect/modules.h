/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules.h - the guest kernel's modules, from its memory.
 */
#ifndef UMVMM_INSPECT_MODULES_H
#define UMVMM_INSPECT_MODULES_H

#include "layout.h"

#define MODULE_NAME_SIZE 56u /* MODULE_NAME_LEN */

struct module {
	char name[MODULE_NAME_SIZE + 1]; /* printable */
	uint64_t base, size;
	uint64_t init_base, init_size; /* of what is freed after its init; size 0: it is */
	uint64_t symtab, strtab;       /* addresses */
	uint32_t symbols;
	uint64_t orc_ip, orc; /* addresses */
	uint32_t orcs;
};

struct modules {
	struct module *module;
	unsigned int count;
};

/*
 * 0 (a kernel may have none), or -1: the list makes no sense, or changed while it was read.
 * modules_free() in any case.
 */
int modules_load(struct modules *modules, const struct guestmem *mem, const struct layout *layout)
	__attribute__((warn_unused_result));
void modules_free(struct modules *modules);

/* The module that VA lies in, or null. */
const struct module *modules_at(const struct modules *modules, uint64_t va);

/* The name of the function at VA in M: true, with its address and size (0: not known). */
bool module_symbol(const struct guestmem *mem, const struct module *m, uint64_t va, char *name,
		   size_t name_size, uint64_t *start, uint64_t *size);

#endif
