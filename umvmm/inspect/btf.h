/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf.h - the guest kernel's BTF: where its structures have their fields.
 *
 * Linux's Documentation/bpf/btf.rst. A kernel with CONFIG_DEBUG_INFO_BTF has it of all of its
 * types, any other of ours (guest-arch/patches, 0020) of what umvmm looks at.
 *
 * Our own reader, and not libbpf's: that one believes what it reads, and this is a guest's.
 */
#ifndef UMVMM_INSPECT_BTF_H
#define UMVMM_INSPECT_BTF_H

#include <stdbool.h>

#include "guestmem.h"

struct btf {
	uint8_t *data; /* a copy */
	uint8_t *types;
	const char *strings;
	uint32_t strings_size;
	uint32_t count;	 /* of types; 0 is void */
	uint32_t *at;	 /* the offset of each in TYPES */
	uint32_t *named; /* structs and unions with a name, ordered by it */
	uint32_t named_count;
};

/*
 * Of the kernel's memory from START to END. 0; -EINVAL: it makes no sense; -ENOMEM.
 * btf_free() in any case.
 */
int btf_load(struct btf *btf, const struct guestmem *mem, uint64_t start, uint64_t end)
	__attribute__((warn_unused_result));
void btf_free(struct btf *btf);

/*
 * The offset of a field in the struct or union TYPE, in bytes, less than BTF_OFFSET_MAX. PATH
 * is "field", or "field.field" for one of a structure in it; names of its anonymous members'
 * fields are its own, as in C. False: there is none, or it is a bit field.
 */
#define BTF_OFFSET_MAX (1u << 20)
bool btf_offset(const struct btf *btf, const char *type, const char *path, uint64_t *offset);

/* The size of the struct or union TYPE in bytes. */
bool btf_size(const struct btf *btf, const char *type, uint64_t *size);

#endif
