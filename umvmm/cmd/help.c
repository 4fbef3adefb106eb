// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c - umvmm help and umvmm version.
 */
#include <stdio.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/version.h>

#include "cmd.h"

int cmd_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("usage: umvmm COMMAND [options]\n");
	for (const struct cmd *cmd = cmd_table; cmd->name; cmd++)
		printf("  %-8s %s\n", cmd->name, cmd->help);
	printf("umvmm run --help lists its options; the manual pages tell more: man umvmm.\n");
	return EXIT_OK;
}

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("umvmm %s\n", UMVMM_VERSION);
	return EXIT_OK;
}
