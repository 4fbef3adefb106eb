// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - what ACPI tables have in common.
 *
 * Runs: in the manager's steward, before the first guest instruction; pure.
 */
#include "table.h"

#include <string.h>

uint8_t acpi_checksum(const void *data, uint32_t length)
{
	const uint8_t *byte = data;
	uint8_t sum = 0;

	while (length--)
		sum = (uint8_t)(sum + *byte++);
	return (uint8_t)-sum;
}

void acpi_finish(struct acpi_header *header, const char *signature, uint8_t revision,
		 uint32_t length)
{
	memcpy(header->signature, signature, 4);
	header->length = length;
	header->revision = revision;
	header->checksum = 0;
	memcpy(header->oem_id, "UMVMM ", 6);
	memcpy(header->oem_table_id, "UMVMM   ", 8);
	header->oem_revision = 1;
	memcpy(header->creator_id, "UMVM", 4);
	header->creator_revision = 1;
	header->checksum = acpi_checksum(header, length);
}
