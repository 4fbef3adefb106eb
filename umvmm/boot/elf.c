// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf.c - checks what the guest kernel's ELF headers ask for.
 *
 * Runs: in the manager; pure, tests call it with damaged images.
 * Must hold: after kernel_check_elf() every PT_LOAD lies inside the file and
 * inside [start, end), and end - start is below KERNEL_SPAN_MAX. The per-CPU
 * segment has p_vaddr 0: placement goes by p_paddr.
 */
#include "kernel.h"

#include <umvmm/base/fail.h>

#define KERNEL_LOWEST	MIB
#define KERNEL_SPAN_MAX (1024 * MIB)

static int check_header(struct kernel *kernel)
{
	struct elf *elf = &kernel->headers;

	switch (elf_open(elf, kernel->elf, kernel->elf_size)) {
	case ELF_SHORT:
		return fail("kernel %s: too short for an ELF header: truncated?", kernel->path);
	case ELF_OTHER:
		return fail("kernel %s: not for x86-64", kernel->path);
	case ELF_OK:
		break;
	}
	if (elf->header.e_type != ET_EXEC && elf->header.e_type != ET_DYN)
		return fail("kernel %s: an ELF file, but no linked kernel", kernel->path);
	if (!elf->segments)
		return fail("kernel %s: its program headers are damaged or cut off", kernel->path);
	return 0;
}

static int check_segment(struct kernel *kernel, const Elf64_Phdr *ph)
{
	if (ph->p_offset > kernel->elf_size || ph->p_filesz > kernel->elf_size - ph->p_offset)
		return fail("kernel %s: ends at byte %zu, but a segment at %llu: truncated?",
			    kernel->path, kernel->elf_size,
			    (unsigned long long)(ph->p_offset + ph->p_filesz));
	if (ph->p_paddr < KERNEL_LOWEST || ph->p_paddr >= GPA_HOLE_START)
		return fail("kernel %s: wants physical address %#llx: no kernel, or damaged",
			    kernel->path, (unsigned long long)ph->p_paddr);
	if (ph->p_filesz > ph->p_memsz || ph->p_memsz > KERNEL_SPAN_MAX)
		return fail("kernel %s: the segment for physical address %#llx is damaged",
			    kernel->path, (unsigned long long)ph->p_paddr);
	if (ph->p_paddr < kernel->start) {
		kernel->start = ph->p_paddr;
		kernel->virt = ph->p_vaddr;
	}
	if (ph->p_paddr + ph->p_memsz > kernel->end)
		kernel->end = ph->p_paddr + ph->p_memsz;
	return 0;
}

int kernel_check_elf(struct kernel *kernel)
{
	Elf64_Phdr ph;

	if (check_header(kernel) < 0)
		return -1;
	kernel->entry = kernel->headers.header.e_entry;
	kernel->start = UINT64_MAX;
	kernel->end = 0;
	for (unsigned int i = 0; elf_segment(&kernel->headers, i, &ph); i++)
		if (ph.p_type == PT_LOAD && ph.p_memsz && check_segment(kernel, &ph) < 0)
			return -1;
	if (!kernel->end || kernel->end - kernel->start > KERNEL_SPAN_MAX)
		return fail("kernel %s: holds nothing to load", kernel->path);
	if (kernel->entry < kernel->start || kernel->entry >= kernel->end)
		return fail("kernel %s: its entry point %#llx is outside of it", kernel->path,
			    (unsigned long long)kernel->entry);
	return 0;
}
