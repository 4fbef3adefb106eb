// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - whole files in memory.
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

static int read_all(int fd, struct blob *blob, const char *what, const char *path)
{
	size_t done = 0;

	while (done < blob->size) {
		ssize_t n = read(fd, blob->data + done, blob->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("%s %s: %s", what, path, strerror(errno));
		if (n == 0)
			return fail("%s %s: became shorter while it was read", what, path);
		done += (size_t)n;
	}
	return 0;
}

/* One fault for 2 MiB of a large file, where the host has transparent huge pages. */
static void prefer_huge(const struct blob *blob)
{
	uintptr_t start = ((uintptr_t)blob->data + 4095) & ~4095ul;
	uintptr_t end = ((uintptr_t)blob->data + blob->size) & ~4095ul;

	if (end > start && end - start >= HUGE_MIN)
		madvise((void *)start, end - start, MADV_HUGEPAGE);
}

int file_read(struct blob *blob, const char *what, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int err = -1;

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
	blob->data = malloc(blob->size);
	if (!blob->data) {
		fail("%s %s: no memory for %zu MiB", what, path, blob->size >> 20);
		goto out;
	}
	prefer_huge(blob);
	err = read_all(fd, blob, what, path);
	if (err)
		blob_free(blob);
out:
	close(fd);
	return err;
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	blob->data = NULL;
	blob->size = 0;
}
