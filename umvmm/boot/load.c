// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load.c - brings the checked kernel into guest memory and rewrites its sites.
 *
 * Runs: in the manager, after kernel_check_elf().
 * Must hold: guest memory was zero before, so bss is.
 */
#include "kernel.h"

#include <string.h>

#include <umvmm/abi.h>

#include <umvmm/base/fail.h>
#include <umvmm/host/cpu.h>

#include "sites.h"

struct load {
	const struct kernel *kernel;
	const struct physmem *mem;
};

/* The next segment to load from *I on; false: that was all. */
static bool next_segment(const struct load *load, unsigned int *i, Elf64_Phdr *ph)
{
	while (elf_segment(&load->kernel->headers, (*i)++, ph))
		if (ph->p_type == PT_LOAD && ph->p_memsz)
			return true;
	return false;
}

/* Where the loaded bytes of a kernel virtual address are; for sites_rewrite(). */
static void *map_loaded(void *ctx, uint64_t vaddr, size_t len)
{
	const struct load *load = ctx;
	unsigned int i = 0;
	Elf64_Phdr ph;

	while (next_segment(load, &i, &ph))
		if (vaddr >= ph.p_vaddr && vaddr - ph.p_vaddr <= ph.p_memsz &&
		    len <= ph.p_memsz - (vaddr - ph.p_vaddr))
			return physmem_range(load->mem, ph.p_paddr + (vaddr - ph.p_vaddr), len);
	return NULL;
}

static int load_segment(const struct load *load, const Elf64_Phdr *ph)
{
	const struct kernel *kernel = load->kernel;
	void *to = physmem_range(load->mem, ph->p_paddr, ph->p_memsz);

	if (kernel->partial)
		return file_read_at(kernel->fd, to, ph->p_filesz, ph->p_offset, "kernel",
				    kernel->path);
	memcpy(to, kernel->elf + ph->p_offset, ph->p_filesz);
	return 0;
}

int kernel_load(struct kernel *kernel, struct physmem *mem, enum virt_mode virt)
{
	struct load load = { kernel, mem };
	struct rewrite_stats stats = { 0 };
	unsigned int i = 0;
	char why[256] = "";
	Elf64_Phdr ph;
	int err;

	if (!physmem_range(mem, kernel->start, kernel->end - kernel->start))
		return fail(
			"kernel %s: needs memory up to %llu MiB, the guest has %llu MiB; use -m",
			kernel->path, (unsigned long long)(kernel->end + MIB - 1) / MIB,
			(unsigned long long)(mem->size / MIB));
	while (next_segment(&load, &i, &ph))
		if (ph.p_filesz && load_segment(&load, &ph) < 0)
			return -1;
	err = sites_rewrite(kernel->elf, kernel->elf_size, map_loaded, &load,
			    rewrite_mode(virt == VIRT_TRAP, hostcpu_has_fsgsbase()), &stats, why,
			    sizeof(why));
	if (err == REWRITE_E_MISSING)
		return fail("kernel %s: not built for umvmm (%s); use one that make guest built",
			    kernel->path, why);
	if (err < 0)
		return fail("kernel %s: %s", kernel->path, why);
	/* a freestanding guest has no addresses of its own */
	if (kernel->virt != kernel->start &&
	    (kernel->virt < UMVMM_WINDOW_START || kernel->virt >= UMVMM_MODULES))
		return fail("kernel %s: linked at %#llx, not from %#x on: built with other patches; "
			    "make guest or umvmm build makes it anew", kernel->path,
			    (unsigned long long)kernel->virt, UMVMM_WINDOW_START);
	return 0;
}
