/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - the guest kernel's file: what it is, and its way into memory.
 *
 * Runs: in the manager, before the first guest instruction.
 */
#ifndef UMVMM_BOOT_KERNEL_H
#define UMVMM_BOOT_KERNEL_H

#include <stdbool.h>

#include <physmem/physmem.h>
#include <umvmm/base/elf.h>
#include <umvmm/base/file.h>

#include "config.h"

struct kernel {
	const char *path;
	struct blob file;	/* as on disk; of a vmlinux only what vmlinux.c has read */
	bool partial;		/* the segments are still to be read from fd */
	int fd;
	struct blob unpacked;	/* a bzImage's payload; empty for a vmlinux */
	const uint8_t *elf;
	size_t elf_size;
	struct elf headers;	/* of it, from kernel_check_elf() on */
	bool bzimage;		/* file.data holds a setup header */
	uint64_t entry;		/* physical, startup_64 */
	uint64_t start, end;	/* physical addresses of the loaded image */
	uint64_t virt;		/* the kernel's own address of start */
};

/* Each: 0, or -1 after a message. */
int kernel_open(struct kernel *kernel, const char *path) __attribute__((warn_unused_result));
/* What kernel->file holds, any bytes; kernel_close() after it in any case. */
int kernel_parse(struct kernel *kernel) __attribute__((warn_unused_result));
int kernel_load(struct kernel *kernel, struct physmem *mem, enum virt_mode virt)
	__attribute__((warn_unused_result));
void kernel_close(struct kernel *kernel);

/* elf.c: checks every offset, then finds entry, start and end. */
int kernel_check_elf(struct kernel *kernel) __attribute__((warn_unused_result));
/* vmlinux.c: all that is looked at of file, but the segments. */
int kernel_read_headers(struct kernel *kernel) __attribute__((warn_unused_result));
/* bzimage.c: unpacks the payload. */
int kernel_unpack(struct kernel *kernel) __attribute__((warn_unused_result));

/* decompress.c: a malloc'ed copy of what IN holds. */
int decompress(const uint8_t *in, size_t in_size, struct blob *out, const char *path)
	__attribute__((warn_unused_result));

#endif
