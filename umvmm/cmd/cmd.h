/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd.h - umvmm's subcommands, as a table says them.
 *
 * Must hold: what an option is called stands once, in its command's table. Parsing and --help
 * (args.c) follow it, and a test holds the command's man page against it.
 */
#ifndef UMVMM_CMD_CMD_H
#define UMVMM_CMD_CMD_H

struct args;

struct cmd_option {
	int key;	   /* its letter; from OPTION_KEYS on: it has none */
	const char *word;  /* behind "--"; null: it is only a letter */
	const char *value; /* what --help calls its value; null: it takes none */
	const char *help;  /* lines that are short enough to stand behind the rest */
};

#define OPTION_KEYS 256

struct cmd {
	const char *name;
	const char *usage;		  /* what stands behind the name, with the blank before it */
	const struct cmd_option *options; /* ends with a zero key; --help is every command's */
	const char *help;		  /* what it does, a few words */
	int (*run)(struct args *args);	  /* returns the exit status (exit.h) */
	const char *more;		  /* lines below the options, or null */
};

extern const struct cmd *const cmd_table[]; /* ends with a null pointer */

extern const struct cmd cmd_build;
extern const struct cmd cmd_run;
extern const struct cmd cmd_exec;
extern const struct cmd cmd_list;
extern const struct cmd cmd_stop;
extern const struct cmd cmd_stats;
extern const struct cmd cmd_dmesg;
extern const struct cmd cmd_ps;
extern const struct cmd cmd_bt;
extern const struct cmd cmd_dump;
extern const struct cmd cmd_gdb;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_version;
extern const struct cmd cmd_help;

/* The row of this name, or null. */
const struct cmd *cmd_find(const char *name);

#endif
