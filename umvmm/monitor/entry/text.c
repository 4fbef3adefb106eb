// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c - the monitor's own text, changed once at the start; see text.h.
 *
 * Runs: monitor.
 */
#include <paging.h>

#include "context/host.h"
#include "text.h"

extern char __text_start[], __text_end[];

static void protect(int prot)
{
	uint64_t text = (uintptr_t)__text_start & PAGE_MASK;
	uint64_t len = (uintptr_t)__text_end - text;

	if (host_mprotect(text, len, prot) < 0)
		host_exit_group(1);
}

void text_unlock(void)
{
	protect(PROT_READ | PROT_WRITE | PROT_EXEC);
}

void text_lock(void)
{
	protect(PROT_READ | PROT_EXEC);
}
