// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bootparams.c - the zero page: memory map, command line, initrd, ACPI.
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: Documentation/x86/boot.rst, protocol 2.15, and zero-page.rst.
 */
#include "bootparams.h"

#include <string.h>

#include <umvmm/base/fail.h>

#include "cmdline.h"
#include "lowmem.h"

#define E820_RAM      1
#define E820_RESERVED 2

#define SETUP_HEADER_OFFSET 0x1f1
#define PROTOCOL	    0x020f
#define LOADER_UNDEFINED    0xff

static void e820_add(struct boot_params *bp, uint64_t start, uint64_t end, uint32_t type)
{
	if (end > start)
		bp->e820_table[bp->e820_entries++] = (struct boot_e820_entry){
			.addr = start, .size = end - start, .type = type,
		};
}

void bootparams_e820(struct boot_params *bp, uint64_t mem_size)
{
	uint64_t low = mem_size < GPA_HOLE_START ? mem_size : GPA_HOLE_START;

	bp->e820_entries = 0;
	e820_add(bp, 0, LOW_RAM_END, E820_RAM);
	e820_add(bp, LOW_ACPI, LOW_ACPI + LOW_ACPI_SIZE, E820_RESERVED);
	e820_add(bp, LOW_HIGH_RAM, low, E820_RAM);
	e820_add(bp, GPA_HOLE_END, GPA_HOLE_END + (mem_size - low), E820_RAM);
}

/* A vmlinux has no setup header: this is what its bzImage's would say. */
static void default_header(struct setup_header *hdr, const struct kernel *kernel)
{
	hdr->boot_flag = 0xaa55;
	hdr->header = 0x53726448; /* "HdrS" */
	hdr->version = PROTOCOL;
	hdr->kernel_alignment = 2 * MIB;
	hdr->pref_address = kernel->start;
	hdr->init_size = (uint32_t)(kernel->end - kernel->start);
	hdr->initrd_addr_max = 0x7fffffff;
	hdr->xloadflags = XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G;
}

int bootparams_setup(struct physmem *mem, const struct kernel *kernel, const char *cmdline,
		     const struct initrd_place *initrd, uint64_t rsdp)
{
	struct boot_params *bp = physmem_range(mem, LOW_BOOT_PARAMS, sizeof(*bp));
	size_t len = strlen(cmdline);
	char *text = physmem_range(mem, LOW_CMDLINE, CMDLINE_MAX + 1);

	if (!bp || !text || len > CMDLINE_MAX)
		return fail("guest memory is too small for the boot parameters");
	memset(bp, 0, sizeof(*bp));
	if (kernel->bzimage)
		memcpy(&bp->hdr, kernel->file.data + SETUP_HEADER_OFFSET, sizeof(bp->hdr));
	else
		default_header(&bp->hdr, kernel);
	bp->hdr.type_of_loader = LOADER_UNDEFINED;
	bp->hdr.loadflags |= LOADED_HIGH;
	bp->hdr.setup_data = 0; /* whatever the file says */
	bp->hdr.cmdline_size = CMDLINE_MAX;
	bp->hdr.cmd_line_ptr = LOW_CMDLINE;
	memcpy(text, cmdline, len + 1);
	bp->hdr.ramdisk_image = (uint32_t)initrd->gpa;
	bp->hdr.ramdisk_size = (uint32_t)initrd->size;
	bp->ext_ramdisk_image = (uint32_t)(initrd->gpa >> 32);
	bp->ext_ramdisk_size = (uint32_t)(initrd->size >> 32);
	bp->acpi_rsdp_addr = rsdp;
	bootparams_e820(bp, mem->size);
	return 0;
}
