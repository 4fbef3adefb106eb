/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h - the parts of the ACPI tables, and what they have in common.
 *
 * Must hold: ACPI 6.3; every table's bytes add up to zero.
 */
#ifndef UMVMM_BOOT_ACPI_TABLE_H
#define UMVMM_BOOT_ACPI_TABLE_H

#include <stdint.h>

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} __attribute__((packed));

/* Generic address structure. */
struct acpi_gas {
	uint8_t space; /* 1: system I/O */
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access;
	uint64_t address;
} __attribute__((packed));

/* The tables' bytes at OUT (SIZE bytes there); the length, or 0 if too small. */
uint32_t acpi_fadt(void *out, uint32_t size, uint64_t dsdt);
uint32_t acpi_madt(void *out, uint32_t size, unsigned int ncpus);

/* Fills the common header and its checksum over the header's length. */
void acpi_finish(struct acpi_header *header, const char *signature, uint8_t revision,
		 uint32_t length);
uint8_t acpi_checksum(const void *data, uint32_t length);

extern const uint8_t acpi_dsdt[];
extern const uint32_t acpi_dsdt_size;

#endif
