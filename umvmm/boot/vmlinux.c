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

static int read_part(struct kernel *kernel, uint64_t offset, uint64_t len)
{
	struct blob *file = &kernel->file;

	if (offset > file->size || len > file->size - offset)
		return 0;
	return file_read_at(kernel->fd, file->data + offset, len, offset, "kernel", kernel->path);
}

int kernel_read_headers(struct kernel *kernel)
{
	const struct blob *file = &kernel->file;
	const Elf64_Ehdr *eh;
	struct elf elf;
	Elf64_Phdr ph;
	Elf64_Shdr sh;

	if (read_part(kernel, 0, sizeof(*eh)) < 0)
		return -1;
	if (elf_open(&elf, file->data, file->size) != ELF_OK)
		return 0;
	eh = &elf.header;
	if (read_part(kernel, eh->e_phoff, elf.segments * sizeof(ph)) < 0 ||
	    read_part(kernel, eh->e_shoff, elf.sections * sizeof(sh)) < 0)
		return -1;
	for (unsigned int i = 0; elf_segment(&elf, i, &ph); i++)
		if (ph.p_type == PT_NOTE && read_part(kernel, ph.p_offset, ph.p_filesz) < 0)
			return -1;
	for (unsigned int i = 0; elf_section(&elf, i, &sh); i++)
		if ((sh.sh_type == SHT_NOTE || i == eh->e_shstrndx) &&
		    read_part(kernel, sh.sh_offset, sh.sh_size) < 0)
			return -1;
	return 0;
}
