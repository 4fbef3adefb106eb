// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * modules.c - the guest kernel's modules, from its memory.
 *
 * Must hold: all of it comes from the guest and may change meanwhile: the list has a
 * limit, and what is read is checked.
 */
#include "modules.h"

#include <elf.h>
#include <stdlib.h>

#define MODULES_MAX 4096u
#define SYMBOLS_MAX 65536u

struct offsets {
	uint64_t list, name, base, size, init_base, init_size, kallsyms, orcs, orc_ip, orc;
};

#define KEY(field, key)                                                                            \
	{                                                                                          \
		key, offsetof(struct offsets, field)                                               \
	}
static const struct layout_key keys[] = {
	KEY(list, "OFFSET(module.list)"),
	KEY(name, "OFFSET(module.name)"),
	KEY(base, "OFFSET(module.core_layout.base)"),
	KEY(size, "OFFSET(module.core_layout.size)"),
	KEY(init_base, "OFFSET(module.init_layout.base)"),
	KEY(init_size, "OFFSET(module.init_layout.size)"),
	KEY(kallsyms, "OFFSET(module.kallsyms)"),
	KEY(orcs, "OFFSET(module.arch.num_orcs)"),
	KEY(orc_ip, "OFFSET(module.arch.orc_unwind_ip)"),
	KEY(orc, "OFFSET(module.arch.orc_unwind)"),
};
#undef KEY

/* struct mod_kallsyms */
struct mod_kallsyms {
	uint64_t symtab;
	uint32_t num_symtab, pad;
	uint64_t strtab;
};

static bool printable(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!text[i])
			return i > 0;
		if (text[i] <= ' ' || text[i] > '~')
			text[i] = '?';
	}
	text[size] = '\0';
	return true;
}

static int read_module(struct module *m, const struct guestmem *mem, const struct offsets *at,
		       uint64_t va)
{
	struct mod_kallsyms syms;
	uint32_t size, init_size;
	uint64_t kallsyms;

	if (guestmem_read_kernel(mem, va + at->name, m->name, MODULE_NAME_SIZE) < 0 ||
	    guestmem_read_kernel(mem, va + at->base, &m->base, 8) < 0 ||
	    guestmem_read_kernel(mem, va + at->size, &size, 4) < 0 ||
	    guestmem_read_kernel(mem, va + at->init_base, &m->init_base, 8) < 0 ||
	    guestmem_read_kernel(mem, va + at->init_size, &init_size, 4) < 0 ||
	    guestmem_read_kernel(mem, va + at->kallsyms, &kallsyms, 8) < 0 ||
	    guestmem_read_kernel(mem, kallsyms, &syms, sizeof(syms)) < 0 ||
	    guestmem_read_kernel(mem, va + at->orcs, &m->orcs, 4) < 0 ||
	    guestmem_read_kernel(mem, va + at->orc_ip, &m->orc_ip, 8) < 0 ||
	    guestmem_read_kernel(mem, va + at->orc, &m->orc, 8) < 0 ||
	    !printable(m->name, MODULE_NAME_SIZE))
		return -1;
	m->size = size;
	m->init_size = init_size;
	m->symtab = syms.symtab;
	m->strtab = syms.strtab;
	m->symbols = syms.num_symtab < SYMBOLS_MAX ? syms.num_symtab : SYMBOLS_MAX;
	return 0;
}

int modules_load(struct modules *modules, const struct guestmem *mem, const struct layout *layout)
{
	struct offsets at;
	uint64_t head, next;

	*modules = (struct modules){ 0 };
	if (!layout_get(layout, "SYMBOL(modules)", &head) ||
	    !layout_fill(layout, &at, keys, sizeof(keys) / sizeof(keys[0])))
		return 0;
	modules->module = calloc(MODULES_MAX, sizeof(*modules->module));
	if (!modules->module || guestmem_read_kernel(mem, head, &next, 8) < 0)
		return -1;
	while (next != head) {
		if (modules->count == MODULES_MAX ||
		    read_module(&modules->module[modules->count], mem, &at, next - at.list) < 0 ||
		    guestmem_read_kernel(mem, next, &next, 8) < 0)
			return -1;
		modules->count++;
	}
	return 0;
}

void modules_free(struct modules *modules)
{
	free(modules->module);
	*modules = (struct modules){ 0 };
}

static bool in_core(const struct module *m, uint64_t va)
{
	return va >= m->base && va - m->base < m->size;
}

static bool in_init(const struct module *m, uint64_t va)
{
	return va >= m->init_base && va - m->init_base < m->init_size;
}

const struct module *modules_at(const struct modules *modules, uint64_t va)
{
	for (unsigned int i = 0; i < modules->count; i++)
		if (in_core(&modules->module[i], va) || in_init(&modules->module[i], va))
			return &modules->module[i];
	return NULL;
}

bool module_symbol(const struct guestmem *mem, const struct module *m, uint64_t va, char *name,
		   size_t name_size, uint64_t *start, uint64_t *size)
{
	Elf64_Sym *table = malloc(m->symbols * sizeof(*table) + 1);
	const Elf64_Sym *best = NULL;
	bool found = false;

	if (table &&
	    guestmem_read_kernel(mem, m->symtab, table, m->symbols * sizeof(*table)) == 0) {
		for (uint32_t i = 1; i < m->symbols; i++)
			if (ELF64_ST_TYPE(table[i].st_info) == STT_FUNC &&
			    table[i].st_value <= va &&
			    (!best || table[i].st_value > best->st_value))
				best = &table[i];
	}
	if (best && in_init(m, best->st_value) == in_init(m, va) &&
	    in_core(m, best->st_value) == in_core(m, va)) {
		size_t n;

		/* the name may end just before what cannot be read */
		for (n = 0; n + 1 < name_size; n++)
			if (guestmem_read_kernel(mem, m->strtab + best->st_name + n, name + n, 1) <
				    0 ||
			    !name[n])
				break;
		name[n] = '\0';
		*start = best->st_value;
		*size = best->st_size;
		found = n > 0 && printable(name, n);
	}
	free(table);
	return found;
}
