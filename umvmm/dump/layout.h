/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - where the guest kernel's structures have their fields.
 *
 * Our kernel (guest-arch/patches, 0020) has a table of them in its memory, in the words of
 * vmcoreinfo, which names it: no debug information is needed, and a bzImage will do.
 */
#ifndef UMVMM_DUMP_LAYOUT_H
#define UMVMM_DUMP_LAYOUT_H

#include <stdbool.h>

#include "guestmem.h"
#include "vmcoreinfo.h"

#define LAYOUT_ENTRIES 128u

struct layout_entry {
	char key[48]; /* "OFFSET(task_struct.pid)" */
	uint64_t value;
};

struct layout {
	struct layout_entry entry[LAYOUT_ENTRIES];
	unsigned int count;
};

/* 0, or -1: the kernel has no such table, or its memory makes no sense. */
int layout_load(struct layout *layout, const struct guestmem *mem, const struct vmcoreinfo *info)
	__attribute__((warn_unused_result));

/* False: there is no such key. An OFFSET is less than 1 MiB. */
bool layout_get(const struct layout *layout, const char *key, uint64_t *value);

/* A field of some reader's own structure, and the key of its value. */
struct layout_key {
	const char *key;
	size_t field; /* of a uint64_t */
};

/* Fills the fields of WHERE: true if all are there. */
bool layout_fill(const struct layout *layout, void *where, const struct layout_key *keys,
		 size_t count);

#endif
