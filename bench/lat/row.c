// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * row.c - the row that this process measures, and that it cannot.
 *
 * Runs: in a row's process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lat.h"

static const char *current = "lat";

void row_begin(const char *name)
{
	current = name;
}

void row_unavailable(const char *what)
{
	dprintf(STDOUT_FILENO, "# %s: %s: %s\n", current, what, strerror(errno));
	_exit(EXIT_UNAVAILABLE);
}

void row_unavailable_because(const char *reason)
{
	dprintf(STDOUT_FILENO, "# %s: %s\n", current, reason);
	_exit(EXIT_UNAVAILABLE);
}
