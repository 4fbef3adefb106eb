// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * as.c - as: runs a command as another user.
 *
 * usage: as UID COMMAND [ARG...]
 *
 * Runs: as root, on the host or in any guest; static. The user needs no entry in
 * /etc/passwd; the group has the same number.
 *
 * Must hold: the command has no capability and no group of root's.
 */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char *end;
	long id;

	if (argc < 3 || (id = strtol(argv[1], &end, 10)) < 0 || end == argv[1] || *end) {
		fprintf(stderr, "usage: as UID COMMAND [ARG...]\n");
		return 2;
	}
	if (setgroups(0, NULL) < 0 || setgid((gid_t)id) < 0 || setuid((uid_t)id) < 0) {
		perror("as: cannot change the user");
		return 126;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
