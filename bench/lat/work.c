// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * work.c - the directory for work files, and the programs beside lat.
 *
 * Runs: in lat's first process and in the rows' processes.
 *
 * Must hold: the same kind of file system everywhere, or file rows compare
 * file systems: /dev/shm is a tmpfs on every host and in every guest.
 */
#include "work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lat.h"

static char dir_path[PATH_MAX - 256];

int work_open(const char *dir)
{
	static const char *const usual[] = {"/dev/shm", "/tmp", "."};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		snprintf(dir_path, sizeof(dir_path), "%s/lat.XXXXXX", dir ? dir : usual[i]);
		if (mkdtemp(dir_path))
			return 0;
		if (dir)
			break;
	}
	fprintf(stderr, "lat: %s: %s\n", dir_path, strerror(errno));
	return -1;
}

void work_close(void)
{
	struct dirent *entry;
	DIR *dir = opendir(dir_path);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(dir_path);
}

const char *work_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir_path, name);
	return path;
}

const char *helper_path(const char *name)
{
	static char self[PATH_MAX], path[PATH_MAX + 256];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[len < 0 ? 0 : len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	snprintf(path, sizeof(path), "%s/%s", slash ? self : ".", name);
	if (access(path, X_OK) < 0)
		row_unavailable(path);
	return path;
}

int work_file(const char *name, size_t size)
{
	static const char zeroes[65536];
	int fd = open(work_path(name), O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		row_unavailable(work_path(name));
	while (size) {
		size_t part = size < sizeof(zeroes) ? size : sizeof(zeroes);

		if (write(fd, zeroes, part) != (ssize_t)part)
			row_unavailable(work_path(name));
		size -= part;
	}
	return fd;
}
