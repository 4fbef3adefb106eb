// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmlinux.c - reads of a vmlinux what the loader looks at: headers, names of sections, notes.
 *
 * Runs: in the manager, main thread.
 *
 * A third of the file is symbols, which nobody needs here, and most of the rest are
 * segments, which load.c reads to where they belong. A copy of all would cost fresh memory:
 * where the host is a virtual machine this is most of the time of a start.
 *
 * Must hold: the file is hostile. What lies outside of it is not read; whoever looks at it
 * afterwards compares with its size again, and finds zeroes where nothing was read.
 */
#include "kernel.h"

#include <elf.h>
#include <string.h>

static int read_part(struct kernel *kernel, uint64_t offset, uint64_t len)
{
	struct blob *file = &kernel->file;

	if (offset > file->size || len > file->size - offset)
		return 0;
	return file_read_at(kernel->fd, file->data + offset, len, offset, "kernel", kernel->path);
}

/* The ENTRY-th of a table, if it lies in the file. */
static bool get(const struct kernel *kernel, void *to, size_t size, uint64_t table,
		unsigned int entry)
{
	const struct blob *file = &kernel->file;

	if (table > file->size || (file->size - table) / size <= entry)
		return false;
	memcpy(to, file->data + table + entry * size, size);
	return true;
}

int kernel_read_headers(struct kernel *kernel)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	Elf64_Shdr sh;

	if (read_part(kernel, 0, sizeof(eh)) < 0)
		return -1;
	if (!get(kernel, &eh, sizeof(eh), 0, 0))
		return 0;
	if (read_part(kernel, eh.e_phoff, eh.e_phnum * sizeof(ph)) < 0 ||
	    read_part(kernel, eh.e_shoff, eh.e_shnum * sizeof(sh)) < 0)
		return -1;
	for (unsigned int i = 0; i < eh.e_phnum; i++)
		if (get(kernel, &ph, sizeof(ph), eh.e_phoff, i) && ph.p_type == PT_NOTE &&
		    read_part(kernel, ph.p_offset, ph.p_filesz) < 0)
			return -1;
	for (unsigned int i = 0; i < eh.e_shnum; i++)
		if (get(kernel, &sh, sizeof(sh), eh.e_shoff, i) &&
		    (sh.sh_type == SHT_NOTE || i == eh.e_shstrndx) &&
		    read_part(kernel, sh.sh_offset, sh.sh_size) < 0)
			return -1;
	return 0;
}
