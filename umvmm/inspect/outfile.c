// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * outfile.c - a file that appears under its name when it is complete, or never.
 *
 * Runs: in umvmm dump and, after a panic, in the manager.
 */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

int outfile_open(struct outfile *f, const char *path, bool force)
{
	struct stat st;
	int n;

	f->path = path;
	f->force = force;
	if (!*path)
		return fail("the file's name is empty");
	if (lstat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return fail("%s: exists, and is no ordinary file", path);
		if (!force)
			return fail("%s: exists; -f replaces it", path);
	}
	n = snprintf(f->part, sizeof(f->part), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(f->part))
		return fail("%s: the name is too long", path);
	f->fd = mkostemp(f->part, O_CLOEXEC);
	if (f->fd < 0)
		return fail("%s: %s", path, strerror(errno));
	return 0;
}

/* rename(), but never over a file that has come meanwhile. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* a file system that has no such thing */
	if (link(from, to) == 0)
		return unlink(from);
	return errno == EPERM || errno == EOPNOTSUPP ? rename(from, to) : -1;
}

int outfile_commit(struct outfile *f)
{
	int err = close(f->fd); /* some file systems find out here that they are full */

	f->fd = -1;
	if (!err)
		err = f->force ? rename(f->part, f->path) : rename_new(f->part, f->path);
	if (err < 0) {
		fail("%s: %s", f->path, strerror(errno));
		outfile_abandon(f);
		return -1;
	}
	return 0;
}

void outfile_abandon(struct outfile *f)
{
	unlink(f->part);
	if (f->fd >= 0)
		close(f->fd);
}
