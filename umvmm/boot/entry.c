// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * entry.c - the boot vCPU's first state: identity page tables, GDT, registers.
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: Documentation/x86/boot.rst, "64-bit boot protocol": long mode,
 * identity mapped, CS 0x10 a 64-bit code segment, DS ES SS 0x18, IF 0, rsi =
 * boot_params. The first GiB is mapped by 2 MiB pages.
 */
#include "entry.h"

#include <paging.h>
#include <string.h>

#include <umvmm/base/fail.h>

#include "lowmem.h"

static const uint64_t boot_gdt[] = {
	0,
	0,
	0x00af9b000000ffff, /* 0x10: code, 64 bits, accessed */
	0x00cf93000000ffff, /* 0x18: data, accessed */
};

int entry_setup(struct physmem *mem, uint64_t rip, struct boot_regs *regs)
{
	uint64_t *pml4 = physmem_range(mem, LOW_PML4, PAGE_SIZE);
	uint64_t *pdpt = physmem_range(mem, LOW_PDPT, PAGE_SIZE);
	uint64_t *pd = physmem_range(mem, LOW_PD, PAGE_SIZE);
	void *gdt = physmem_range(mem, LOW_GDT, sizeof(boot_gdt));

	if (!pml4 || !pdpt || !pd || !gdt)
		return fail("guest memory is too small for page tables");
	pml4[0] = LOW_PDPT | PTE_PRESENT | PTE_WRITE;
	pdpt[0] = LOW_PD | PTE_PRESENT | PTE_WRITE;
	for (uint64_t i = 0; i < 512; i++)
		pd[i] = i << 21 | PTE_PRESENT | PTE_WRITE | PTE_LARGE;
	memcpy(gdt, boot_gdt, sizeof(boot_gdt));
	*regs = (struct boot_regs){
		.rip = rip,
		.rsp = LOW_BOOT_PARAMS, /* unused by Linux; grows down from there */
		.rsi = LOW_BOOT_PARAMS,
		.cr3 = LOW_PML4,
		.gdt_base = LOW_GDT,
		.gdt_limit = sizeof(boot_gdt) - 1,
	};
	return 0;
}
