// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * no_page.c - the host has no page for memory that it has promised: SIGBUS.
 *
 * Guest memory is a file without pages until they are touched. A host may have none
 * then: vm.overcommit_memory=2, or a full file system below --mem-file. Contexts tell
 * it by their own handler (monitor/entry/signal.c).
 *
 * Runs: in the manager and its steward, on whichever thread touched the page; not within the C
 * library.
 */
#include "no_page.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>
#include <umvmm/machine/steward.h>

static struct registry *registry;
static struct gdb_sockets *gdb;

static void on_no_page(int sig)
{
	(void)sig;
	terminal_restore();
	gdb_sockets_close(gdb);
	registry_close(registry);
	steward_end_now(); /* it may do so where we may not */
	fail("guest memory: the host has no page left, or --mem-file's file system is full");
	_exit(EXIT_SELF);
}

void no_page_init(struct registry *r, struct gdb_sockets *g)
{
	struct sigaction sa = { .sa_handler = on_no_page, .sa_flags = (int)SA_RESETHAND };

	registry = r;
	gdb = g;
	sigaction(SIGBUS, &sa, NULL);
}
