/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file.h - whole files in memory.
 */
#ifndef UMVMM_FILE_H
#define UMVMM_FILE_H

#include <stddef.h>
#include <stdint.h>

struct blob {
	uint8_t *data;
	size_t size;
};

/* WHAT names the file's role in the message. 0, or -1 after a message. */
int file_read(struct blob *blob, const char *what, const char *path, size_t max)
	__attribute__((warn_unused_result));
void blob_free(struct blob *blob);

#endif
