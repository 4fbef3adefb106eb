// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * layout.c - where the guest kernel has its structures' fields and its variables.
 *
 * Must hold: btf.h, kallsyms.h; offsets are bounded, so that sums with them do not wrap.
 */
#include "layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int layout_load(struct layout *layout, const struct guestmem *mem, const struct kallsyms *syms)
{
	/* CONFIG_DEBUG_INFO_BTF's, or ours */
	static const char *const ends[][2] = { { "__start_BTF", "__stop_BTF" },
					       { "umvmm_btf", "umvmm_btf_end" } };
	uint64_t start, end;

	*layout = (struct layout){ .syms = syms };
	for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (kallsyms_variable(syms, ends[i][0], &start) &&
		    kallsyms_variable(syms, ends[i][1], &end))
			return btf_load(&layout->btf, mem, start, end);
	return -ENOENT;
}

void layout_free(struct layout *layout)
{
	btf_free(&layout->btf);
}

/* What is in the parentheses of KEY, if it begins with KIND. */
static bool inside(const char *key, const char *kind, char text[64])
{
	const size_t len = strlen(key), skip = strlen(kind);

	return !strncmp(key, kind, skip) && key[skip] == '(' && key[len - 1] == ')' &&
	       snprintf(text, 64, "%.*s", (int)(len - skip - 2), key + skip + 1) < 64;
}

bool layout_get(const struct layout *layout, const char *key, uint64_t *value)
{
	char text[64], *field;

	if (inside(key, "SYMBOL", text))
		return kallsyms_variable(layout->syms, text, value);
	if (inside(key, "SIZE", text))
		return btf_size(&layout->btf, text, value);
	if (!inside(key, "OFFSET", text))
		return false;
	field = strchr(text, '.');
	if (!field)
		return false;
	*field++ = '\0';
	return btf_offset(&layout->btf, text, field, value);
}

bool layout_fill(const struct layout *layout, void *where, const struct layout_key *keys,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!layout_get(layout, keys[i].key,
				(uint64_t *)(void *)((char *)where + keys[i].field)))
			return false;
	return true;
}
