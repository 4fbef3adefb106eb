// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * quiet.c - messages and --help without their output: a fuzzer would write a million lines.
 * A message's text is made all the same, so that its arguments are checked.
 *
 * Runs: in the fuzz targets, instead of umvmm/base/fail.c and umvmm/cmd/help.c.
 */
#include <umvmm/base/fail.h>
#include <umvmm/cmd/help.h>

#include <stdarg.h>
#include <stdio.h>

bool fail_raw_terminal;

static void format(const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, ap);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
	return -1;
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(fmt, ap);
	va_end(ap);
}

const struct cmd_option help_option = { 'h', "help", NULL, "" };

void help_options(const struct cmd *cmd)
{
	(void)cmd;
}
