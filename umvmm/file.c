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
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

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
