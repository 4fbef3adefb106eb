/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h - umvmm's subcommands; each returns the exit status (exit.h).
 */
#ifndef UMVMM_CMD_CMD_H
#define UMVMM_CMD_CMD_H

struct cmd {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
	const char *help;
};

extern const struct cmd cmd_table[]; /* ends with a null name */

int cmd_build(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_dmesg(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_bt(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_gdb(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);

#endif
