// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - rows of making and removing empty files on a tmpfs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lat.h"

#define BATCH 500u

static void name_of(char *name, size_t size, uint64_t index)
{
	snprintf(name, size, "f%u", (unsigned int)index);
}

static uint64_t create(int dir, uint64_t n)
{
	uint64_t start = now_ns();
	char name[16];

	for (uint64_t i = 0; i < n; i++) {
		int fd;

		name_of(name, sizeof(name), i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			row_unavailable(name);
		close(fd);
	}
	return now_ns() - start;
}

static uint64_t remove_all(int dir, uint64_t n)
{
	uint64_t start = now_ns();
	char name[16];

	for (uint64_t i = 0; i < n; i++) {
		name_of(name, sizeof(name), i);
		if (unlinkat(dir, name, 0) < 0)
			row_unavailable(name);
	}
	return now_ns() - start;
}

struct files {
	int dir;
	int deleting;
};

static uint64_t loop_files(uint64_t n, void *arg)
{
	const struct files *files = arg;
	uint64_t created = 0, deleted = 0;

	while (n) {
		uint64_t part = n < BATCH ? n : BATCH;

		created += create(files->dir, part);
		deleted += remove_all(files->dir, part);
		n -= part;
	}
	return files->deleting ? deleted : created;
}

static double measure(const struct row *row)
{
	struct files files = {.deleting = (int)row->arg};

	files.dir = open(work_path("."), O_RDONLY | O_DIRECTORY);
	if (files.dir < 0)
		row_unavailable(work_path("."));
	return loop_min(loop_files, &files);
}

const struct row file_rows[] = {
	{"file_create", "us", measure, 0, 0},
	{"file_delete", "us", measure, 1, 0},
	{0},
};
