/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms.h - the guest kernel's own symbol table, from its memory.
 *
 * Linux with CONFIG_KALLSYMS has its symbols in its image (kernel/kallsyms.c,
 * scripts/kallsyms.c), and says in vmcoreinfo where. So names need no vmlinux.
 */
#ifndef UMVMM_INSPECT_KALLSYMS_H
#define UMVMM_INSPECT_KALLSYMS_H

#include <stdbool.h>

#include "guestmem.h"
#include "vmcoreinfo.h"

#define KSYM_NAME_MAX 512u /* KSYM_NAME_LEN, with the end mark */

struct kallsyms {
	struct kallsyms_symbol *symbol;	  /* of text, by address */
	struct kallsyms_symbol *variable; /* global ones */
	uint32_t count, variables;
	char *names;
};

/*
 * Reads all symbols of text, and those of global variables. 0; -ENOENT: the kernel has none;
 * -EINVAL: they make no sense; -ENOMEM. kallsyms_free() in any case.
 */
int kallsyms_load(struct kallsyms *syms, const struct guestmem *mem, const struct vmcoreinfo *info)
	__attribute__((warn_unused_result));
void kallsyms_free(struct kallsyms *syms);

/*
 * The symbol that VA lies in, or null: *START is its address, *SIZE how far the next one
 * is. VA behind the last symbol lies in none.
 */
const char *kallsyms_at(const struct kallsyms *syms, uint64_t va, uint64_t *start, uint64_t *size);

/*
 * The address of a global variable; of per-CPU data the offset in each CPU's. False: there is
 * none, or the kernel has symbols of text only, without CONFIG_KALLSYMS_ALL.
 */
bool kallsyms_variable(const struct kallsyms *syms, const char *name, uint64_t *va);

#endif
