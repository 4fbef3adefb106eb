/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lowmem.h - what the loader puts below 1 MiB of guest physical memory.
 *
 * Must hold: the areas do not overlap; none lies in the first 64 KiB, as a guest finds
 * them identity mapped, and the host lets only root map addresses below
 * vm.mmap_min_addr; everything but the ACPI tables is free
 * for the guest once it has copied boot_params and the command line.
 */
#ifndef UMVMM_BOOT_LOWMEM_H
#define UMVMM_BOOT_LOWMEM_H

#define LOW_GDT		0x10000u /* GDT of the 64-bit boot protocol */
#define LOW_BOOT_PARAMS 0x11000u /* the "zero page", 4 KiB */
#define LOW_PML4	0x13000u /* identity page tables, 3 pages */
#define LOW_PDPT	0x14000u
#define LOW_PD		0x15000u
#define LOW_RNG_SEED	0x16000u /* struct setup_data, SETUP_RNG_SEED */
#define LOW_CMDLINE	0x20000u /* CMDLINE_MAX + 1 bytes */
#define LOW_RAM_END	0xa0000u
#define LOW_ACPI	0xe0000u /* up to 1 MiB: RSDP first, then the tables */
#define LOW_ACPI_SIZE	0x20000u
#define LOW_HIGH_RAM	0x100000u

#endif
