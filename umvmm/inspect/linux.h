/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux.h - the guest's Linux, as its memory shows it: layout, symbols, modules.
 *
 * Runs: in umvmm ps, umvmm bt and, after a failure of the guest, in the manager.
 * Must hold: it works on a guest that runs: nothing is believed because it was right
 * a moment ago.
 */
#ifndef UMVMM_INSPECT_LINUX_H
#define UMVMM_INSPECT_LINUX_H

#include "kallsyms.h"
#include "layout.h"
#include "modules.h"

struct linux_guest {
	struct guestmem mem; /* with the kernel's page tables */
	struct vmcoreinfo info;
	struct kallsyms syms;
	struct layout layout;	/* refers to syms */
	struct modules modules; /* empty: theirs are not known */
	uint64_t orc_ip, orc;	/* the tables of ORC: addresses; 0: there are none */
	uint32_t orcs;
};

/*
 * What is needed for tasks; SYMBOLS: for names and backtraces, too, as far as they are to
 * be had. 0, or -1 after a message that begins with NAME (QUIET: without). linux_close()
 * after success.
 */
int linux_open(struct linux_guest *l, const struct guestmem *mem, const char *name, bool symbols,
	       bool quiet) __attribute__((warn_unused_result));
void linux_close(struct linux_guest *l);

/*
 * "schedule+0x10/0x60 [module]", or "" if VA lies in no text that is known. EXACT: VA is
 * where something runs, not where a call returns to, which may lie behind its function.
 */
#define SYMBOL_TEXT 640
void linux_symbol(const struct linux_guest *l, uint64_t va, bool exact, char text[SYMBOL_TEXT]);

/* Is VA where this function of the kernel's image begins? */
bool linux_begins(const struct linux_guest *l, uint64_t va, const char *function);

#endif
