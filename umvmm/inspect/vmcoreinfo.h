/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcoreinfo.h - what the guest kernel tells debuggers about itself.
 *
 * Linux with CONFIG_CRASH_CORE (CONFIG_PROC_KCORE or CONFIG_KEXEC selects it) keeps an
 * ELF note of lines such as "OFFSET(printk_info.seq)=0" in its memory, from its
 * subsys_initcalls on: kernel/crash_core.c,
 * Documentation/admin-guide/kdump/vmcoreinfo.rst.
 */
#ifndef UMVMM_INSPECT_VMCOREINFO_H
#define UMVMM_INSPECT_VMCOREINFO_H

#include <stdbool.h>

#include "guestmem.h"

#define VMCOREINFO_NAME "VMCOREINFO"
#define VMCOREINFO_MAX	4096u /* VMCOREINFO_BYTES */

struct vmcoreinfo {
	char text[VMCOREINFO_MAX + 1]; /* the note's descriptor, and a NUL */
	size_t size;
};

/* 0, or -1: there is none, in an older or smaller kernel or not yet. */
int vmcoreinfo_find(struct vmcoreinfo *info, const struct guestmem *mem)
	__attribute__((warn_unused_result));

/*
 * The value behind "KEY=": KIND is SYMBOL (an address), OFFSET, SIZE or NUMBER, as in
 * "SIZE(prb_desc)". False: there is no such line, or no number behind it.
 */
bool vmcoreinfo_get(const struct vmcoreinfo *info, const char *key, uint64_t *value);

#endif
