// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - the guest kernel's file: vmlinux or bzImage.
 *
 * Runs: in the manager, main thread.
 */
#include "kernel.h"

#include <elf.h>
#include <string.h>

#include "fail.h"

#define KERNEL_FILE_MAX (1024 * MIB)

static bool is_bzimage(const struct blob *file)
{
	return file->size >= 0x250 && !memcmp(file->data + 0x202, "HdrS", 4);
}

int kernel_parse(struct kernel *kernel)
{
	kernel->elf = kernel->file.data;
	kernel->elf_size = kernel->file.size;
	if (is_bzimage(&kernel->file)) {
		kernel->bzimage = true;
		if (kernel_unpack(kernel) < 0)
			return -1;
		kernel->elf = kernel->unpacked.data;
		kernel->elf_size = kernel->unpacked.size;
	}
	if (kernel->elf_size < SELFMAG || memcmp(kernel->elf, ELFMAG, SELFMAG) != 0)
		return fail("kernel %s: neither an ELF vmlinux nor a bzImage", kernel->path);
	return kernel_check_elf(kernel);
}

int kernel_open(struct kernel *kernel, const char *path)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->path = path;
	if (file_read(&kernel->file, "kernel", path, KERNEL_FILE_MAX) < 0)
		return -1;
	if (kernel_parse(kernel) < 0) {
		kernel_close(kernel);
		return -1;
	}
	return 0;
}

void kernel_close(struct kernel *kernel)
{
	blob_free(&kernel->file);
	blob_free(&kernel->unpacked);
	kernel->elf = NULL;
}
