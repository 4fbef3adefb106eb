// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * work.c - the work directory of a row.
 *
 * Runs: in whole's first process.
 *
 * Must hold: the same kind of file system everywhere: /dev/shm is a tmpfs on
 * every host and in every guest. Only what lies below the directory is removed.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "whole.h"

const char *work_enter(void)
{
	static char path[32];

	strcpy(path, "/dev/shm/whole.XXXXXX");
	if (mkdtemp(path) && chdir(path) == 0)
		return path;
	fprintf(stderr, "whole: %s: %s\n", path, strerror(errno));
	return NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	remove(path);
	return 0;
}

void work_leave(const char *path)
{
	if (chdir("/") == 0)
		nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
