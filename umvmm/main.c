// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - finds the subcommand.
 */
#include <stddef.h>
#include <string.h>

#include "cmd.h"
#include "exit.h"
#include "fail.h"

const struct cmd cmd_table[] = {
	{ "run", cmd_run, "boot a guest kernel" },
	{ "list", cmd_list, "the running VMs" },
	{ "stop", cmd_stop, "end a VM" },
	{ "stats", cmd_stats, "a VM's counters" },
	{ "doctor", cmd_doctor, "check what the host offers" },
	{ "version", cmd_version, "print the version" },
	{ "help", cmd_help, "this list" },
	{ NULL, NULL, NULL },
};

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
