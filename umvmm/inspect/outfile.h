/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outfile.h - a file that appears under its name when it is complete, or never.
 */
#ifndef UMVMM_INSPECT_OUTFILE_H
#define UMVMM_INSPECT_OUTFILE_H

#include <limits.h>
#include <stdbool.h>

struct outfile {
	int fd;
	const char *path;
	char part[PATH_MAX]; /* its name until then, in the same folder */
	bool force;
};

/*
 * FORCE: an ordinary file of this name is replaced, else it is an error. Mode 0600.
 * 0, or -1 after a message.
 */
int outfile_open(struct outfile *f, const char *path, bool force)
	__attribute__((warn_unused_result));
/* 0, or -1 after a message; the file is gone then. */
int outfile_commit(struct outfile *f) __attribute__((warn_unused_result));
void outfile_abandon(struct outfile *f);

#endif
