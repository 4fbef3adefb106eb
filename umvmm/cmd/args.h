/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * args.h - the words behind a subcommand, read by its table of options.
 *
 * Must hold: one command line at a time is read, as getopt_long(3) has one state.
 */
#ifndef UMVMM_CMD_ARGS_H
#define UMVMM_CMD_ARGS_H

#include <getopt.h>
#include <stdbool.h>

#include "cmd.h"

#define ARGS_OPTIONS_MAX 32

/* What args_next() returns beside an option's key. */
enum {
	ARG_END = -1,  /* nothing is left, or what is left stands behind "--" */
	ARG_OVER = -2, /* --help, or a mistake: all is said, STATUS is the command's */
	ARG_WORD = 1,  /* no option: VALUE is the word */
};

/* Of many commands. A command's own keys without a letter begin at OPT_OWN. */
#define OPT_JSON OPTION_KEYS
#define OPT_OWN	 (OPTION_KEYS + 1)
#define JSON_OPTION { OPT_JSON, "json", NULL, "print JSON" }

struct args {
	const struct cmd *cmd;
	int argc;
	char **argv;	   /* [0] is the subcommand's name */
	const char *value; /* of the option that was found, or the word */
	int status;	   /* with ARG_OVER and behind args_wrong() */
	/* for getopt_long() */
	struct option words[ARGS_OPTIONS_MAX + 2];
	char letters[2 * ARGS_OPTIONS_MAX + 8];
};

void args_start(struct args *args, const struct cmd *cmd, int argc, char **argv);

/* The next option or word, in the order in which they stand. */
int args_next(struct args *args) __attribute__((warn_unused_result));

/*
 * ARGV's index of the first word that args_next() has not read. Behind ARG_END: of the first one
 * behind "--".
 */
int args_rest(const struct args *args);

/* A mistake of the user's: one line that ends with the usage. Returns -1. */
__attribute__((format(printf, 2, 3))) int args_wrong(struct args *args, const char *fmt, ...);

/*
 * All that many commands have: --json (if JSON is not null), and the name of a VM (if NAME is not
 * null). 0, or -1 where all is said.
 */
int args_simple(struct args *args, bool *json, const char **name)
	__attribute__((warn_unused_result));

#endif
