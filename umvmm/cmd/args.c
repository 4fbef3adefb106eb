// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * args.c - the words behind a subcommand, read by its table of options.
 *
 * Runs: in every command, first.
 * Must hold: reads nothing but its arguments, so that a mistake costs nothing and tests can
 * call it.
 */
#include "args.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>

#include "help.h"

static void add(struct args *args, unsigned int *count, const struct cmd_option *option)
{
	size_t len = strlen(args->letters);

	if (option->key < OPTION_KEYS) {
		args->letters[len++] = (char)option->key;
		if (option->value)
			args->letters[len++] = ':';
	}
	if (option->word)
		args->words[(*count)++] = (struct option){
			option->word, option->value ? required_argument : no_argument, NULL, option->key
		};
}

void args_start(struct args *args, const struct cmd *cmd, int argc, char **argv)
{
	unsigned int count = 0;

	*args = (struct args){ .cmd = cmd, .argc = argc, .argv = argv };
	/* '-': words come in their order; ':': a value that is missing is told from the rest */
	strcpy(args->letters, "-:");
	for (unsigned int i = 0; i < ARGS_OPTIONS_MAX && cmd->options[i].key; i++)
		add(args, &count, &cmd->options[i]);
	add(args, &count, &help_option);
	opterr = 0;
	optind = 0;
}

static bool known(const struct cmd *cmd, int key)
{
	for (const struct cmd_option *option = cmd->options; option->key; option++)
		if (option->key == key)
			return true;
	return key == help_option.key;
}

static int refuse(struct args *args, int found)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	/* of several letters in one word getopt has not left the word yet */
	const char *what = optopt > 0 && optopt < OPTION_KEYS ? letter : args->argv[optind - 1];

	if (found == ':')
		args_wrong(args, "%s: needs a value", what);
	else if (optopt && known(args->cmd, optopt))
		args_wrong(args, "%s: takes no value", what);
	else
		args_wrong(args, "%s: unknown option", what);
	return ARG_OVER;
}

int args_next(struct args *args)
{
	int found = getopt_long(args->argc, args->argv, args->letters, args->words, NULL);

	args->value = optarg;
	if (found == ':' || found == '?')
		return refuse(args, found);
	if (found != help_option.key)
		return found;
	help_options(args->cmd);
	args->status = EXIT_OK;
	return ARG_OVER;
}

int args_rest(const struct args *args)
{
	return optind < args->argc ? optind : args->argc;
}

int args_wrong(struct args *args, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	args->status = EXIT_USAGE;
	return fail("%s: %s%s usage: umvmm %s%s, or --help", args->cmd->name, text,
		    text[strlen(text) - 1] == '?' ? "" : ";", args->cmd->name, args->cmd->usage);
}

int args_simple(struct args *args, bool *json, const char **name)
{
	int found;

	if (name)
		*name = NULL;
	if (json)
		*json = false;
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (json && found == OPT_JSON)
			*json = true;
		else if (name && !*name)
			*name = args->value;
		else
			return args_wrong(args, "%s: unexpected", args->value);
	}
	if (args_rest(args) < args->argc)
		return args_wrong(args, "%s: unexpected", args->argv[args_rest(args)]);
	if (name && !*name)
		return args_wrong(args, "which VM? umvmm list names them");
	return 0;
}
