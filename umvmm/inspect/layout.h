/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - where the guest kernel has its structures' fields, by its BTF, and its variables,
 * by its kallsyms; asked for in the words of vmcoreinfo.
 */
#ifndef UMVMM_INSPECT_LAYOUT_H
#define UMVMM_INSPECT_LAYOUT_H

#include "btf.h"
#include "kallsyms.h"

struct layout {
	struct btf btf;
	const struct kallsyms *syms;
};

/*
 * SYMS must live as long as LAYOUT. 0; -ENOENT: the kernel has no BTF; -EINVAL: it makes no
 * sense; -ENOMEM. layout_free() in any case.
 */
int layout_load(struct layout *layout, const struct guestmem *mem, const struct kallsyms *syms)
	__attribute__((warn_unused_result));
void layout_free(struct layout *layout);

/*
 * KEY: "OFFSET(type.field)", with more fields as btf_offset() has them, "SIZE(type)", both in
 * bytes, or "SYMBOL(variable)", an address. False: the kernel has no such thing.
 */
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
