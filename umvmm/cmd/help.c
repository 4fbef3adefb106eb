// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * help.c - umvmm help and umvmm version.
 */
#include <stdio.h>
#include <string.h>

#include <umvmm/base/version.h>

#include "args.h"
#include "help.h"

/* Where --help writes what an option does. */
#define HELP_COLUMN 25

const struct cmd_option help_option = { 'h', "help", NULL, "this text" };

static void show(const struct cmd_option *option)
{
	int column = option->key < OPTION_KEYS ? printf("  -%c", option->key) : printf("    ");

	if (option->word)
		column += printf("%s--%s", option->key < OPTION_KEYS ? ", " : "  ", option->word);
	if (option->value)
		column += printf(" %s", option->value);
	for (const char *line = option->help; line;) {
		const size_t len = strcspn(line, "\n");

		if (column >= HELP_COLUMN) {
			printf("\n");
			column = 0;
		}
		printf("%*s%.*s", HELP_COLUMN - column, "", (int)len, line);
		column = HELP_COLUMN;
		line = line[len] ? line + len + 1 : NULL;
	}
	printf("\n");
}

void help_options(const struct cmd *cmd)
{
	printf("usage: umvmm %s%s\n%s\n", cmd->name, cmd->usage, cmd->help);
	for (const struct cmd_option *option = cmd->options; option->key; option++)
		show(option);
	show(&help_option);
	if (cmd->more)
		printf("%s", cmd->more);
}

void help_list(void)
{
	printf("usage: umvmm COMMAND [OPTIONS]\n");
	for (const struct cmd *const *cmd = cmd_table; *cmd; cmd++)
		printf("  %-8s %s\n", (*cmd)->name, (*cmd)->help);
	printf("umvmm COMMAND --help lists its options; the manual pages tell more: man umvmm.\n");
}

void help_version(void)
{
	printf("umvmm %s\n", UMVMM_VERSION);
}

static int help(struct args *args)
{
	const struct cmd *cmd;
	int found = args_next(args);

	if (found == ARG_WORD) {
		cmd = cmd_find(args->value);
		if (!cmd)
			args_wrong(args, "%s: unknown command, see umvmm help", args->value);
		else
			help_options(cmd);
	} else if (found == ARG_END) {
		help_list();
	}
	return args->status;
}

static int version(struct args *args)
{
	if (args_simple(args, NULL, NULL) == 0)
		help_version();
	return args->status;
}

static const struct cmd_option none[] = { { 0, NULL, NULL, NULL } };

const struct cmd cmd_version = { "version", "", none, "print the version", version, NULL };
const struct cmd cmd_help = {
	"help", " [COMMAND]", none, "this list, or the options of a command", help, NULL
};
