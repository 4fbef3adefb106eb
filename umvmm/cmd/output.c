// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - what a command has printed.
 *
 * Runs: in commands, as their last act.
 */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>

int output_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	fail("standard output: %s", strerror(errno));
	return EXIT_SELF;
}
