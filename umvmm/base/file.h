/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - files in memory, whole or in parts.
 */
#ifndef UMVMM_BASE_FILE_H
#define UMVMM_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *data;
	size_t size;
};

/* WHAT names the file's role in the message. 0, or -1 after a message. */
int file_read(struct blob *blob, const char *what, const char *path, size_t max)
	__attribute__((warn_unused_result));

/* A descriptor, and a blob of the file's size that holds zeroes yet; -1 after a message. */
int file_open(struct blob *blob, const char *what, const char *path, size_t max)
	__attribute__((warn_unused_result));
/* LEN bytes at OFFSET. 0, or -1 after a message. */
int file_read_at(int fd, void *to, size_t len, size_t offset, const char *what, const char *path)
	__attribute__((warn_unused_result));
/* All of it, for file_open(); closes FD. */
int file_read_rest(int fd, struct blob *blob, const char *what, const char *path)
	__attribute__((warn_unused_result));
void blob_free(struct blob *blob);

#endif
