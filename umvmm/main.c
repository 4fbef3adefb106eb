// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - finds the subcommand.
 */
#include <string.h>

#include "cmd.h"
#include "exit.h"
#include "fail.h"

int main(int argc, char **argv)
{
	if (argc < 2) {
		cmd_help(0, NULL);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help(0, NULL);
	if (!strcmp(argv[1], "--version"))
		return cmd_version(0, NULL);
	for (const struct cmd *cmd = cmd_table; cmd->name; cmd++)
		if (!strcmp(cmd->name, argv[1]))
			return cmd->run(argc - 1, argv + 1);
	fail("%s: unknown command, see umvmm help", argv[1]);
	return EXIT_USAGE;
}
