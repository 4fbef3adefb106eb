// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - the list of subcommands.
 */
#include <stddef.h>

#include "cmd.h"

const struct cmd cmd_table[] = {
	{ "run", cmd_run, "boot a guest kernel" },
	{ "exec", cmd_exec, "run a command in a guest that runs" },
	{ "build", cmd_build, "build a guest kernel, of your own tree" },
	{ "list", cmd_list, "the running VMs" },
	{ "stop", cmd_stop, "end a VM" },
	{ "stats", cmd_stats, "a VM's counters" },
	{ "dmesg", cmd_dmesg, "a guest kernel's log, from its memory" },
	{ "ps", cmd_ps, "a guest's processes, from its memory" },
	{ "bt", cmd_bt, "what a guest's kernel is at: stacks of CPUs or tasks" },
	{ "dump", cmd_dump, "write a vmcore for drgn" },
	{ "gdb", cmd_gdb, "debug a VM with gdb" },
	{ "doctor", cmd_doctor, "check what the host offers" },
	{ "version", cmd_version, "print the version" },
	{ "help", cmd_help, "this list" },
	{ NULL, NULL, NULL },
};
