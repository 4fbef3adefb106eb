// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - files in memory, whole or in parts.
 *
 * Runs: in the manager. Copies rather than maps: a file that shrinks while it
 * is read gives a message, not a SIGBUS.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

#define HUGE_MIN (4u << 20)

/* One fault for 2 MiB of a large file, where the host has transparent huge pages. */
static void prefer_huge(const struct blob *blob)
{
	uintptr_t start = ((uintptr_t)blob->data + 4095) & ~4095ul;
	uintptr_t end = ((uintptr_t)blob->data + blob->size) & ~4095ul;

	if (end > start && end - start >= HUGE_MIN)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
}

int file_open(struct blob *blob, const char *what, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	memset(blob, 0, sizeof(*blob));
	if (fd < 0)
		return fail("%s %s: %s", what, path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fail("%s %s: not an ordinary file", what, path);
		goto out;
	}
	if (!st.st_size) {
		fail("%s %s: is empty", what, path);
		goto out;
	}
	if ((uint64_t)st.st_size > max) {
		fail("%s %s: %llu MiB, but there is room for %zu MiB only", what, path,
		     (unsigned long long)st.st_size >> 20, max >> 20);
		goto out;
	}
	blob->size = (size_t)st.st_size;
	blob->data = calloc(1, blob->size);
	if (blob->data)
		return fd;
	fail("%s %s: no memory for %zu MiB", what, path, blob->size >> 20);
out:
	close(fd);
	return -1;
}

int file_read_at(int fd, void *to, size_t len, size_t offset, const char *what, const char *path)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EFAULT) /* as SIGBUS: no_page.c */
			return fail("%s %s: the host has no page of memory left for it, or "
				    "--mem-file's file system is full", what, path);
		if (n < 0)
			return fail("%s %s: %s", what, path, strerror(errno));
		if (n == 0)
			return fail("%s %s: became shorter while it was read", what, path);
		done += (size_t)n;
	}
	return 0;
}

int file_read_rest(int fd, struct blob *blob, const char *what, const char *path)
{
	int err;

	prefer_huge(blob);
	err = file_read_at(fd, blob->data, blob->size, 0, what, path);
	if (err)
		blob_free(blob);
	close(fd);
	return err;
}

int file_read(struct blob *blob, const char *what, const char *path, size_t max)
{
	int fd = file_open(blob, what, path, max);

	return fd < 0 ? -1 : file_read_rest(fd, blob, what, path);
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	blob->data = NULL;
	blob->size = 0;
}
