/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * acpi.h - the guest's ACPI tables (hardware-reduced).
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: ACPI 6.3; every table's bytes add up to zero.
 */
#ifndef UMVMM_BOOT_ACPI_ACPI_H
#define UMVMM_BOOT_ACPI_ACPI_H

#include <stdint.h>

#include <physmem/physmem.h>

/* Writes all tables; the RSDP is at LOW_ACPI. 0, or -1 after a message. */
int acpi_setup(struct physmem *mem, unsigned int ncpus) __attribute__((warn_unused_result));

/* The same at AREA, the SIZE bytes that the guest has at LOW_ACPI; -1: they do not fit. */
int acpi_write(void *area, uint32_t size, unsigned int ncpus) __attribute__((warn_unused_result));

#endif
