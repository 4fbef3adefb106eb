// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpio.c - writes a newc archive, as the kernel's initramfs reads it.
 *
 * Runs: in the manager; pure.
 * Must hold: Documentation/driver-api/early-userspace/buffer-format.rst:
 * header with name, and data, are each padded to four bytes.
 */
#include "cpio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_LEN 110

static size_t pad4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static int append(struct blob *blob, const char *name, mode_t mode, const void *data, size_t size)
{
	size_t name_len = strlen(name) + 1;
	size_t head = pad4(HEADER_LEN + name_len);
	uint8_t *grown = realloc(blob->data, blob->size + head + pad4(size));
	static unsigned int inode;
	uint8_t *entry;

	if (!grown)
		return -ENOMEM;
	blob->data = grown;
	entry = grown + blob->size;
	memset(entry, 0, head + pad4(size));
	snprintf((char *)entry, head, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 ++inode, (unsigned int)mode, 0, 0, 1, 0, (unsigned int)size, 0, 0, 0, 0,
		 (unsigned int)name_len, 0);
	memcpy(entry + HEADER_LEN, name, name_len);
	if (size)
		memcpy(entry + head, data, size);
	blob->size += head + pad4(size);
	return 0;
}

int cpio_dir(struct blob *blob, const char *name, mode_t mode)
{
	return append(blob, name, S_IFDIR | mode, NULL, 0);
}

int cpio_file(struct blob *blob, const char *name, mode_t mode, const void *data, size_t size)
{
	return append(blob, name, S_IFREG | mode, data, size);
}

int cpio_end(struct blob *blob)
{
	return append(blob, "TRAILER!!!", 0, NULL, 0);
}
