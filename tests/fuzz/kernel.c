// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - fuzzes the loader: bzImage, decompression, ELF, notes and sites,
 * boot parameters.
 *
 * Input: the kernel's file. Must hold: nothing outside of guest memory is
 * touched (it is a malloc'ed block here), and what was refused is freed.
 */
#include <stdlib.h>
#include <string.h>

#include <umvmm/boot/bootparams.h>
#include <umvmm/boot/entry.h>
#include <umvmm/boot/lowmem.h>

#define MEM (32 * MIB)

static struct physmem mem = { .fd = -1, .size = MEM };

static void load(struct kernel *kernel, enum virt_mode virt)
{
	const struct initrd_place initrd = { MEM - MIB, MIB };
	struct boot_regs regs;

	if (kernel_load(kernel, &mem, virt) == 0 &&
	    bootparams_setup(&mem, kernel, "console=ttyS0", &initrd, LOW_ACPI) == 0 &&
	    entry_setup(&mem, kernel->entry, &regs) < 0)
		abort();
	memset(mem.base, 0, MIB);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel kernel = { .path = "fuzz" };

	if (!size)
		return 0;
	if (!mem.base)
		mem.base = malloc(MEM);
	kernel.file.size = size;
	kernel.file.data = malloc(size);
	memcpy(kernel.file.data, data, size);
	if (kernel_parse(&kernel) == 0) {
		load(&kernel, VIRT_AFTERBURN);
		load(&kernel, VIRT_TRAP);
	}
	kernel_close(&kernel);
	return 0;
}
