/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio.h - writes a newc archive, as the kernel's initramfs reads it.
 */
#ifndef UMVMM_BOOT_CPIO_H
#define UMVMM_BOOT_CPIO_H

#include <sys/types.h>

#include <umvmm/base/file.h>

/* Each appends to BLOB (malloc'ed, grows); 0 or -ENOMEM. */
int cpio_dir(struct blob *blob, const char *name, mode_t mode);
int cpio_file(struct blob *blob, const char *name, mode_t mode, const void *data, size_t size);
int cpio_end(struct blob *blob);

#endif
