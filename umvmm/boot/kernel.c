// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - the guest kernel's file: vmlinux or bzImage.
 *
 * Runs: in the manager, main thread.
 */
#include "kernel.h"

#include <elf.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

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

/* A vmlinux in parts: most of it goes to guest memory as it is, or is not needed at all. */
static int read_file(struct kernel *kernel)
{
	struct blob *file = &kernel->file;
	int fd = file_open(file, "kernel", kernel->path, KERNEL_FILE_MAX);

	if (fd < 0)
		return -1;
	if (file->size < SELFMAG)
		return file_read_rest(fd, file, "kernel", kernel->path);
	kernel->fd = fd;
	kernel->partial = true;
	if (file_read_at(fd, file->data, SELFMAG, 0, "kernel", kernel->path) < 0)
		return -1;
	if (!memcmp(file->data, ELFMAG, SELFMAG))
		return kernel_read_headers(kernel);
	kernel->partial = false;
	return file_read_rest(fd, file, "kernel", kernel->path);
}

int kernel_open(struct kernel *kernel, const char *path)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->path = path;
	if (read_file(kernel) < 0 || kernel_parse(kernel) < 0) {
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
	if (kernel->partial)
		close(kernel->fd);
	kernel->partial = false;
}
