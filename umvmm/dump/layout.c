// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * layout.c - where the guest kernel's structures have their fields.
 *
 * Must hold: the table comes from guest memory: it is copied once, each key ends inside
 * its entry, and offsets are bounded, so that sums with them do not wrap.
 */
#include "layout.h"

#include <string.h>

#define OFFSET_MAX (1u << 20)

int layout_load(struct layout *layout, const struct guestmem *mem, const struct vmcoreinfo *info)
{
	uint64_t va;

	layout->count = 0;
	if (!vmcoreinfo_get(info, "SYMBOL(umvmm_layout)", &va))
		return -1;
	for (unsigned int i = 0; i < LAYOUT_ENTRIES; i++) {
		struct layout_entry *e = &layout->entry[i];

		if (guestmem_read_kernel(mem, va + i * sizeof(*e), e, sizeof(*e)) < 0)
			return -1;
		if (!e->key[0])
			return 0;
		e->key[sizeof(e->key) - 1] = '\0';
		if (!strncmp(e->key, "OFFSET(", 7) && e->value >= OFFSET_MAX)
			return -1;
		layout->count++;
	}
	return -1; /* no end */
}

bool layout_get(const struct layout *layout, const char *key, uint64_t *value)
{
	for (unsigned int i = 0; i < layout->count; i++) {
		if (!strcmp(layout->entry[i].key, key)) {
			*value = layout->entry[i].value;
			return true;
		}
	}
	return false;
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
