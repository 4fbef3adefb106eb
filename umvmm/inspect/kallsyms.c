// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms.c - the guest kernel's own symbol table, from its memory.
 *
 * Each name is a number of tokens, each an index into a table of strings; its first
 * character is the symbol's type as nm(1) has it. Addresses are 32-bit numbers: one that
 * is not negative is itself the address (of per-CPU data), any other counts down from
 * relative_base - 1 (CONFIG_KALLSYMS_ABSOLUTE_PERCPU, which SMP kernels of x86-64 have).
 *
 * Must hold: all of it comes from the guest: every index and length is checked.
 */
#include "kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_MAX (1u << 20)
#define TOKENS	    256u
#define TOKENS_SIZE 0x10000u /* their indices have 16 bits */
#define NAMES_MAX   (64u << 20)
#define TOKENS_MAX  (64u << 20) /* in all names; a distribution's kernel has 2 million */

struct kallsyms_symbol {
	uint64_t va;
	uint32_t name; /* index into names */
};

struct tables {
	const struct guestmem *mem;
	uint64_t names, num_syms, token_table, token_index, offsets, relative_base;
	uint32_t count;
	uint64_t base;
	uint16_t index[TOKENS];
	char token[TOKENS_SIZE];
	/* of names */
	uint8_t window[4096];
	size_t at, filled;
	uint32_t tokens; /* seen */
};

static int find_tables(struct tables *t, const struct vmcoreinfo *info)
{
	return vmcoreinfo_get(info, "SYMBOL(kallsyms_names)", &t->names) &&
			       vmcoreinfo_get(info, "SYMBOL(kallsyms_num_syms)", &t->num_syms) &&
			       vmcoreinfo_get(info, "SYMBOL(kallsyms_token_table)",
					      &t->token_table) &&
			       vmcoreinfo_get(info, "SYMBOL(kallsyms_token_index)",
					      &t->token_index) &&
			       vmcoreinfo_get(info, "SYMBOL(kallsyms_offsets)", &t->offsets) &&
			       vmcoreinfo_get(info, "SYMBOL(kallsyms_relative_base)",
					      &t->relative_base)
		       ? 0
		       : -ENOENT;
}

/* The tokens' strings lie behind each other; what is behind the last one is never used. */
static int read_tokens(struct tables *t)
{
	size_t last = 0, size;

	if (guestmem_read_kernel(t->mem, t->token_index, t->index, sizeof(t->index)) < 0)
		return -EINVAL;
	for (unsigned int i = 0; i < TOKENS; i++)
		last = t->index[i] > last ? t->index[i] : last;
	size = last + KSYM_NAME_MAX < TOKENS_SIZE ? last + KSYM_NAME_MAX : TOKENS_SIZE;
	if (guestmem_read_kernel(t->mem, t->token_table, t->token, size) < 0)
		return -EINVAL;
	t->token[TOKENS_SIZE - 1] = '\0'; /* the last string ends, at the latest here */
	return 0;
}

static int next_byte(struct tables *t, uint8_t *byte)
{
	if (t->at == t->filled) {
		/* up to the end of its page: the next one may not be there */
		t->filled = sizeof(t->window) - t->names % sizeof(t->window);
		if (guestmem_read_kernel(t->mem, t->names, t->window, t->filled) < 0)
			return -EINVAL;
		t->names += t->filled;
		t->at = 0;
	}
	*byte = t->window[t->at++];
	return 0;
}

/* The next name, its type first: its length, or -EINVAL. */
static int next_name(struct tables *t, char name[KSYM_NAME_MAX + 1])
{
	unsigned int tokens, size = 0;
	uint8_t byte;

	if (next_byte(t, &byte) < 0)
		return -EINVAL;
	tokens = byte;
	if (byte & 0x80) {
		if (next_byte(t, &byte) < 0)
			return -EINVAL;
		tokens = (tokens & 0x7f) | (unsigned int)byte << 7;
	}
	t->tokens += tokens;
	if (t->tokens > TOKENS_MAX)
		return -EINVAL;
	while (tokens--) {
		const char *token;

		if (next_byte(t, &byte) < 0)
			return -EINVAL;
		for (token = t->token + t->index[byte]; *token && size < KSYM_NAME_MAX; token++)
			name[size++] = (char)(*token > ' ' && *token <= '~' ? *token : '?');
	}
	name[size] = '\0';
	return size ? (int)size : -EINVAL;
}

/* A name's place in names, or -ENOMEM. */
static int64_t keep(struct kallsyms *syms, const char *name, size_t size, size_t *used,
		    size_t *room)
{
	const size_t at = *used;

	if (at + size > *room) {
		size_t more = *room ? *room * 2 : 1u << 20;
		char *names = more > NAMES_MAX ? NULL : realloc(syms->names, more);

		if (!names)
			return -ENOMEM;
		syms->names = names;
		*room = more;
	}
	memcpy(syms->names + at, name, size);
	*used += size;
	return (int64_t)at;
}

/* Those at one address stay in the kernel's order: the first is what Linux itself says. */
static int by_address(const void *a, const void *b)
{
	const struct kallsyms_symbol *x = a, *y = b;

	if (x->va != y->va)
		return x->va < y->va ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static int read_symbols(struct kallsyms *syms, struct tables *t, const int32_t *offsets)
{
	char name[KSYM_NAME_MAX + 1];
	size_t used = 0, room = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const int32_t offset = offsets[i];
		struct kallsyms_symbol symbol;
		int size = next_name(t, name);
		bool text;
		int64_t at;

		if (size < 0)
			return size;
		text = strchr("tTwW", name[0]);
		/* text in the image, and variables, of which only global ones have names to find */
		if (text ? offset >= 0 : !strchr("ABDR", name[0]))
			continue;
		at = keep(syms, name + 1, (size_t)size, &used, &room);
		if (at < 0)
			return (int)at;
		symbol.va = offset < 0 ? t->base - 1 - (uint64_t)(int64_t)offset : (uint64_t)offset;
		symbol.name = (uint32_t)at;
		if (text)
			syms->symbol[syms->count++] = symbol;
		else
			syms->variable[syms->variables++] = symbol;
	}
	qsort(syms->symbol, syms->count, sizeof(syms->symbol[0]), by_address);
	return syms->count ? 0 : -EINVAL;
}

int kallsyms_load(struct kallsyms *syms, const struct guestmem *mem, const struct vmcoreinfo *info)
{
	struct tables *t = calloc(1, sizeof(*t));
	int32_t *offsets = NULL;
	int err = -ENOMEM;

	*syms = (struct kallsyms){ 0 };
	if (!t)
		return err;
	t->mem = mem;
	err = find_tables(t, info);
	if (!err && (guestmem_read_kernel(mem, t->num_syms, &t->count, sizeof(t->count)) < 0 ||
		     guestmem_read_kernel(mem, t->relative_base, &t->base, sizeof(t->base)) < 0 ||
		     !t->count || t->count > SYMBOLS_MAX))
		err = -EINVAL;
	if (!err)
		err = read_tokens(t);
	if (!err) {
		offsets = malloc(t->count * sizeof(*offsets));
		syms->symbol = malloc(t->count * sizeof(*syms->symbol));
		syms->variable = malloc(t->count * sizeof(*syms->variable));
		if (!offsets || !syms->symbol || !syms->variable)
			err = -ENOMEM;
		else if (guestmem_read_kernel(mem, t->offsets, offsets,
					      t->count * sizeof(*offsets)) < 0)
			err = -EINVAL;
	}
	if (!err)
		err = read_symbols(syms, t, offsets);
	free(offsets);
	free(t);
	return err;
}

void kallsyms_free(struct kallsyms *syms)
{
	free(syms->symbol);
	free(syms->variable);
	free(syms->names);
	*syms = (struct kallsyms){ 0 };
}

bool kallsyms_variable(const struct kallsyms *syms, const char *name, uint64_t *va)
{
	for (uint32_t i = 0; i < syms->variables; i++) {
		if (!strcmp(syms->names + syms->variable[i].name, name)) {
			*va = syms->variable[i].va;
			return true;
		}
	}
	return false;
}

const char *kallsyms_at(const struct kallsyms *syms, uint64_t va, uint64_t *start, uint64_t *size)
{
	uint32_t low = 0, high = syms->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (syms->symbol[mid].va <= va)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || low == syms->count)
		return NULL;
	/* of several at one address the first */
	*size = syms->symbol[low].va - syms->symbol[low - 1].va;
	low--;
	while (low && syms->symbol[low - 1].va == syms->symbol[low].va)
		low--;
	*start = syms->symbol[low].va;
	return syms->names + syms->symbol[low].name;
}
