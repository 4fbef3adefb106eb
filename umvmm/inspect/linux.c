// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linux.c - the guest's Linux, as its memory shows it: layout, symbols, modules.
 *
 * Must hold: linux.h.
 */
#include "linux.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/fail.h>

#define ORCS_MAX (1u << 22)

static int complain(const char *name, bool quiet, const char *why)
{
	if (!quiet)
		fail("%s: %s", name, why);
	return -1;
}

/* Addresses in the image are virtual; the walk begins with a physical one. */
static int use_tables(struct linux_guest *l)
{
	const struct image *image = &l->mem.image;
	uint64_t va;

	if (!vmcoreinfo_get(&l->info, "SYMBOL(swapper_pg_dir)", &va) || va < image->virt ||
	    va - image->virt >= image->end - image->start)
		return -1;
	l->mem.tables = image->start + (va - image->virt);
	return 0;
}

static void find_orc(struct linux_guest *l)
{
	uint64_t end;

	if (!layout_get(&l->layout, "SYMBOL(__start_orc_unwind_ip)", &l->orc_ip) ||
	    !layout_get(&l->layout, "SYMBOL(__stop_orc_unwind_ip)", &end) ||
	    !layout_get(&l->layout, "SYMBOL(__start_orc_unwind)", &l->orc) || end <= l->orc_ip ||
	    (end - l->orc_ip) / 4 > ORCS_MAX) {
		l->orc = 0;
		return;
	}
	l->orcs = (uint32_t)((end - l->orc_ip) / 4);
}

int linux_open(struct linux_guest *l, const struct guestmem *mem, const char *name, bool symbols,
	       bool quiet)
{
	memset(l, 0, sizeof(*l));
	l->mem = *mem;
	if (vmcoreinfo_find(&l->info, mem) < 0 || use_tables(l) < 0)
		return complain(name, quiet,
				"its kernel has not said where its things are: it has "
				"just started, or was built without CONFIG_CRASH_CORE (set "
				"CONFIG_PROC_KCORE)");
	if (kallsyms_load(&l->syms, &l->mem, &l->info) < 0) {
		linux_close(l);
		return complain(name, quiet,
				"its kernel has no symbols of itself: set CONFIG_KALLSYMS_ALL");
	}
	if (layout_load(&l->layout, &l->mem, &l->syms) < 0) {
		linux_close(l);
		return complain(name, quiet,
				"its kernel has no BTF: it was built with older patches; "
				"make guest again");
	}
	if (!symbols)
		return 0;
	find_orc(l);
	if (modules_load(&l->modules, &l->mem, &l->layout) < 0 && !quiet)
		note("%s: the list of its modules cannot be read to its end", name);
	return 0;
}

void linux_close(struct linux_guest *l)
{
	layout_free(&l->layout);
	kallsyms_free(&l->syms);
	modules_free(&l->modules);
}

void linux_symbol(const struct linux_guest *l, uint64_t va, bool exact, char text[SYMBOL_TEXT])
{
	const uint64_t at = exact ? va : va - 1;
	const struct module *m = modules_at(&l->modules, at);
	char buf[KSYM_NAME_MAX];
	uint64_t start, size = 0;
	const char *name = NULL;

	text[0] = '\0';
	if (!m)
		name = kallsyms_at(&l->syms, at, &start, &size);
	else if (module_symbol(&l->mem, m, at, buf, sizeof(buf), &start, &size))
		name = buf;
	if (name)
		snprintf(text, SYMBOL_TEXT, "%s+0x%" PRIx64 "/0x%" PRIx64 "%s%s%s", name,
			 va - start, size, m ? " [" : "", m ? m->name : "", m ? "]" : "");
	else if (m)
		snprintf(text, SYMBOL_TEXT, "[%s+0x%" PRIx64 "]", m->name, va - m->base);
}

bool linux_begins(const struct linux_guest *l, uint64_t va, const char *function)
{
	uint64_t start, size;
	const char *name = kallsyms_at(&l->syms, va, &start, &size);

	return name && start == va && !strcmp(name, function);
}
