// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sparse.c - copies a file so that nothing but what is not zero takes room.
 *
 * Runs: in umvmm dump and, after a panic, in the manager.
 */
#include "sparse.h"

#include <errno.h>
#include <paging.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (1u << 20)

static bool is_zero(const uint8_t *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static int write_all(int out, const uint8_t *data, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n = pwrite(out, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		data += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* Runs of pages that are not zero, each by one write. */
static int write_block(int out, const uint8_t *data, size_t len, uint64_t at)
{
	size_t start = 0, end;
	int err = 0;

	while (!err && start < len) {
		size_t page = len - start < PAGE_SIZE ? len - start : PAGE_SIZE;

		if (is_zero(data + start, page)) {
			start += page;
			continue;
		}
		for (end = start; end < len; end += page) {
			page = len - end < PAGE_SIZE ? len - end : PAGE_SIZE;
			if (is_zero(data + end, page))
				break;
		}
		err = write_all(out, data + start, end - start, at + start);
		start = end;
	}
	return err;
}

static int copy_range(int out, uint64_t at, int in, uint64_t from, uint64_t to, uint8_t *block,
		      const volatile sig_atomic_t *stop)
{
	int err = 0;

	while (!err && from < to) {
		size_t len = to - from < BLOCK ? to - from : BLOCK;
		ssize_t n = pread(in, block, len, (off_t)from);

		if (*stop)
			return -EINTR;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO; /* somebody has shortened it */
		err = write_block(out, block, (size_t)n, at + from);
		from += (uint64_t)n;
	}
	return err;
}

int sparse_copy(int out, uint64_t at, int in, uint64_t size, const volatile sig_atomic_t *stop)
{
	uint8_t *block = malloc(BLOCK);
	uint64_t from = 0;
	int err = block ? 0 : -ENOMEM;

	while (!err && from < size) {
		off_t data = lseek(in, (off_t)from, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break; /* no more */
		hole = data < 0 ? -1 : lseek(in, data, SEEK_HOLE);
		if (hole < 0) {
			err = -errno;
			break;
		}
		from = (uint64_t)hole < size ? (uint64_t)hole : size;
		if ((uint64_t)data < from)
			err = copy_range(out, at, in, (uint64_t)data, from, block, stop);
	}
	free(block);
	if (!err && ftruncate(out, (off_t)(at + size)) < 0)
		err = -errno;
	return err;
}
