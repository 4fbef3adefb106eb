// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - finds the subcommand.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/cmd/args.h>
#include <umvmm/cmd/help.h>

/* A closed standard stream must not become the number of one of our own files. */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct cmd *cmd;
	struct args args;

	open_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* ulimit -f: EFBIG gets a message, the signal says nothing */
	if (argc < 2) {
		help_list();
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_list();
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		help_version();
		return EXIT_OK;
	}
	cmd = cmd_find(argv[1]);
	if (!cmd) {
		fail("%s: unknown command, see umvmm help", argv[1]);
		return EXIT_USAGE;
	}
	args_start(&args, cmd, argc - 1, argv + 1);
	return cmd->run(&args);
}
