// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall.c - rows of single system calls that do almost nothing.
 */
#include <fcntl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lat.h"

#define SELECT_FDS 10

static uint64_t loop_null(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--)
		getppid();
	return now_ns() - start;
}

static double measure_null(const struct row *row)
{
	(void)row;
	return loop_min(loop_null, NULL);
}

static uint64_t loop_read(uint64_t n, void *arg)
{
	int fd = *(int *)arg;
	uint64_t start = now_ns();
	char byte;

	while (n--)
		if (read(fd, &byte, 1) != 1)
			row_unavailable("read");
	return now_ns() - start;
}

static double measure_read(const struct row *row)
{
	int fd = open("/dev/zero", O_RDONLY);

	(void)row;
	if (fd < 0)
		row_unavailable("/dev/zero");
	return loop_min(loop_read, &fd);
}

static uint64_t loop_write(uint64_t n, void *arg)
{
	int fd = *(int *)arg;
	uint64_t start = now_ns();

	while (n--)
		if (write(fd, "", 1) != 1)
			row_unavailable("write");
	return now_ns() - start;
}

static double measure_write(const struct row *row)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)row;
	if (fd < 0)
		row_unavailable("/dev/null");
	return loop_min(loop_write, &fd);
}

static uint64_t loop_stat(uint64_t n, void *arg)
{
	uint64_t start = now_ns();
	struct stat st;

	while (n--)
		if (stat(arg, &st) < 0)
			row_unavailable(arg);
	return now_ns() - start;
}

static uint64_t loop_open(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	while (n--) {
		int fd = open(arg, O_RDONLY);

		if (fd < 0)
			row_unavailable(arg);
		close(fd);
	}
	return now_ns() - start;
}

static double measure_file(const struct row *row)
{
	close(work_file("file", 1));
	return loop_min(row->arg ? loop_open : loop_stat, (void *)work_path("file"));
}

static uint64_t loop_select(uint64_t n, void *arg)
{
	int *fds = arg;
	uint64_t start = now_ns();

	while (n--) {
		struct timeval zero = {0};
		fd_set set;

		FD_ZERO(&set);
		for (int i = 0; i < SELECT_FDS; i++)
			FD_SET(fds[i], &set);
		if (select(fds[SELECT_FDS - 1] + 1, &set, NULL, NULL, &zero) < 0)
			row_unavailable("select");
	}
	return now_ns() - start;
}

static double measure_select(const struct row *row)
{
	int fds[SELECT_FDS];

	(void)row;
	fds[0] = work_file("file", 1);
	for (int i = 1; i < SELECT_FDS; i++) {
		fds[i] = dup(fds[0]);
		if (fds[i] < 0)
			row_unavailable("dup");
	}
	return loop_min(loop_select, fds);
}

const struct row syscall_rows[] = {
	{"null", "ns", measure_null, 0, 0},
	{"read", "ns", measure_read, 0, 0},
	{"write", "ns", measure_write, 0, 0},
	{"stat", "ns", measure_file, 0, 0},
	{"open_close", "ns", measure_file, 1, 0},
	{"select_10", "ns", measure_select, 0, 0},
	{0},
};
