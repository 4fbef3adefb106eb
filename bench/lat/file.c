// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - rows of files on a tmpfs: making and removing, and a fresh process's
 * first use of the page cache.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

#define BATCH 500u
#define LARGE (64l << 20)

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

struct large {
	int fd;
	int writing;
};

static void use_all(const struct large *large)
{
	static char buf[65536];
	off_t at;

	for (at = 0; at < LARGE; at += sizeof(buf)) {
		ssize_t done = large->writing ? pwrite(large->fd, buf, sizeof(buf), at) :
						pread(large->fd, buf, sizeof(buf), at);

		if (done != sizeof(buf))
			_exit(1);
	}
}

/* All of it is in the page cache; the process that uses it is new. */
static uint64_t loop_fresh(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	while (n--) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			use_all(arg);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			row_unavailable("child");
	}
	return now_ns() - start;
}

static double measure_fresh(const struct row *row)
{
	struct large large = {.fd = work_file("large", LARGE), .writing = (int)row->arg};

	return loop_min(loop_fresh, &large);
}

const struct row file_rows[] = {
	{"file_create", "us", measure, 0, 0},
	{"file_delete", "us", measure, 1, 0},
	{"fresh_read_64m", "us", measure_fresh, 0, 0},
	{"fresh_write_64m", "us", measure_fresh, 1, 0},
	{0},
};
