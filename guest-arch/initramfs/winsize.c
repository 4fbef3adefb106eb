// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * winsize.c - the console follows the size of the user's terminal.
 *
 * Runs: in guest user space, in a child of process 1 beside the shell.
 *
 *	ttyS3 -> "size\n": from here on lines with the size are wanted
 *	ttyS3 <- "size ROWS COLUMNS\n", at once and after each change
 *
 * The kernel sends SIGWINCH to the console's foreground processes.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "init.h"

static void apply(const char *line, int console)
{
	unsigned short rows, cols;

	if (sscanf(line, "size %hu %hu", &rows, &cols) == 2) {
		struct winsize size = {.ws_row = rows, .ws_col = cols};

		ioctl(console, TIOCSWINSZ, &size);
	}
}

static void follow(int control, int console)
{
	struct pollfd p = {control, POLLIN, 0};
	char line[40], byte;
	size_t len = 0;

	dprintf(control, "size\n");
	while (poll(&p, 1, -1) > 0)
		while (read(control, &byte, 1) == 1) {
			if (byte != '\n') {
				if (len < sizeof(line) - 1)
					line[len++] = byte;
				continue;
			}
			line[len] = '\0';
			len = 0;
			apply(line, console);
		}
}

void init_follow_size(void)
{
	int control, console;

	if (fork() != 0)
		return; /* without it the size stays as it was at the start */
	control = init_open_line(INIT_TTY_CONTROL);
	console = open(INIT_TTY_CONSOLE, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (control >= 0 && console >= 0)
		follow(control, console);
	_exit(0);
}
