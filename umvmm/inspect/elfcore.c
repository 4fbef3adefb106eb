// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elfcore.c - the head of a vmcore: ELF header, program headers, notes.
 *
 * Three ranges at most: RAM below 4 GiB and above, at their addresses in the direct
 * map, and the kernel's image once more, at its own. All other kernel addresses
 * (vmalloc, modules, vmemmap) a debugger finds through swapper_pg_dir, whose address is
 * in vmcoreinfo.
 */
#include "elfcore.h"

#include <elf.h>
#include <string.h>
#include <sys/procfs.h>

#include <physmem/physmem.h>

#define LOADS_MAX     3
#define PID_MAX_LIMIT (4u << 20) /* Linux's */

struct buffer {
	uint8_t *at;
};

static void put(struct buffer *b, const void *data, size_t len)
{
	memcpy(b->at, data, len);
	b->at += len;
}

static void put_note(struct buffer *b, const char *name, uint32_t type, const void *desc,
		     size_t len)
{
	const Elf64_Nhdr nhdr = {
		.n_namesz = (Elf64_Word)strlen(name) + 1,
		.n_descsz = (Elf64_Word)len,
		.n_type = type,
	};

	put(b, &nhdr, sizeof(nhdr));
	put(b, name, nhdr.n_namesz);
	b->at += -nhdr.n_namesz & 3; /* the padding is zero */
	put(b, desc, len);
	b->at += -nhdr.n_descsz & 3;
}

/*
 * The task's number as kdump has it: drgn before 0.0.27 takes registers for a task's by
 * that. An idle CPU, or one of which that is not known, gets a number that no task has,
 * and no other CPU: gdb shows one of those that have the same.
 */
static void put_prstatus(struct buffer *b, const struct elfcore *core, unsigned int cpu)
{
	struct elf_prstatus status = { .pr_pid = core->pid[cpu] };

	if (status.pr_pid <= 0)
		status.pr_pid = (pid_t)(PID_MAX_LIMIT + cpu);
	memcpy(&status.pr_reg, &core->regs[cpu], sizeof(status.pr_reg));
	put_note(b, "CORE", NT_PRSTATUS, &status, sizeof(status));
}

static Elf64_Phdr load(uint64_t size, uint64_t pa, uint64_t va, uint64_t len)
{
	return (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = ELFCORE_HEAD + physmem_offset(size, pa, len),
		.p_paddr = pa,
		.p_vaddr = va,
		.p_filesz = len,
		.p_memsz = len,
	};
}

static unsigned int make_loads(Elf64_Phdr *ph, const struct elfcore *core)
{
	uint64_t size = core->mem_size, low = size < GPA_HOLE_START ? size : GPA_HOLE_START;
	const struct image *image = &core->image;
	unsigned int n = 0;

	ph[n++] = load(size, 0, DIRECT_MAP, low);
	if (size > low)
		ph[n++] = load(size, GPA_HOLE_END, DIRECT_MAP + GPA_HOLE_END, size - low);
	if (image->end)
		ph[n++] = load(size, image->start, image->virt, image->end - image->start);
	return n;
}

void elfcore_head(uint8_t *head, const struct elfcore *core)
{
	Elf64_Phdr ph[1 + LOADS_MAX] = { { .p_type = PT_NOTE } };
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(ph[0]),
	};
	struct buffer b;

	memset(head, 0, ELFCORE_HEAD);
	eh.e_phnum = (Elf64_Half)(1 + make_loads(ph + 1, core));
	ph[0].p_offset = sizeof(eh) + eh.e_phnum * sizeof(ph[0]);
	b.at = head + ph[0].p_offset;
	for (unsigned int i = 0; i < core->ncpus; i++)
		put_prstatus(&b, core, i);
	if (core->info->size)
		put_note(&b, VMCOREINFO_NAME, 0, core->info->text, core->info->size);
	ph[0].p_filesz = (uint64_t)(b.at - head) - ph[0].p_offset;
	memcpy(head, &eh, sizeof(eh));
	memcpy(head + sizeof(eh), ph, eh.e_phnum * sizeof(ph[0]));
}

/* All CPUs' notes, and the largest vmcoreinfo. */
_Static_assert(sizeof(Elf64_Ehdr) + (1 + LOADS_MAX) * sizeof(Elf64_Phdr) +
	       VM_MAX_VCPUS * (sizeof(struct elf_prstatus) + 32) + VMCOREINFO_MAX + 32 <=
	       ELFCORE_HEAD, "elfcore.h");
