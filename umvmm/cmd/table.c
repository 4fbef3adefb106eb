// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - the list of subcommands, in the order in which umvmm help shows them.
 */
#include <stddef.h>
#include <string.h>

#include "cmd.h"

const struct cmd *const cmd_table[] = {
	&cmd_run, &cmd_exec, &cmd_build, &cmd_list, &cmd_stop, &cmd_stats, &cmd_dmesg, &cmd_ps,
	&cmd_bt, &cmd_dump, &cmd_gdb, &cmd_doctor, &cmd_version, &cmd_help, NULL,
};

const struct cmd *cmd_find(const char *name)
{
	for (const struct cmd *const *cmd = cmd_table; *cmd; cmd++)
		if (!strcmp((*cmd)->name, name))
			return *cmd;
	return NULL;
}
