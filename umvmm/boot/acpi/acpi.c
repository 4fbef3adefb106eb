// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acpi.c - places the tables and the pointers that lead to them.
 *
 * Runs: in the manager, before the first guest instruction.
 */
#include "acpi.h"

#include <stdbool.h>
#include <string.h>

#include <umvmm/base/fail.h>
#include <umvmm/boot/lowmem.h>

#include "table.h"

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} __attribute__((packed));

struct xsdt {
	struct acpi_header header;
	uint64_t table[2];
} __attribute__((packed));

#define ALIGN 64u

static void write_rsdp(struct rsdp *rsdp, uint64_t xsdt)
{
	memset(rsdp, 0, sizeof(*rsdp));
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem_id, "UMVMM ", 6);
	rsdp->revision = 2;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	rsdp->checksum = acpi_checksum(rsdp, 20);
	rsdp->extended_checksum = acpi_checksum(rsdp, sizeof(*rsdp));
}

/* Where the next table goes, behind one of LENGTH bytes at AT; none has no bytes. */
static bool next(uint32_t *at, uint32_t length, uint32_t size)
{
	if (!length || length > size - *at || size - *at - length < ALIGN)
		return false;
	*at = (*at + length + ALIGN - 1) & ~(ALIGN - 1);
	return true;
}

int acpi_write(void *area, uint32_t size, unsigned int ncpus)
{
	uint8_t *out = area;
	uint32_t at = ALIGN, dsdt, fadt, madt;
	struct xsdt xsdt = { 0 };

	if (size < 2 * ALIGN)
		return -1;
	dsdt = at;
	if (acpi_dsdt_size <= size - at)
		memcpy(out + at, acpi_dsdt, acpi_dsdt_size);
	if (!next(&at, acpi_dsdt_size, size))
		return -1;
	fadt = at;
	if (!next(&at, acpi_fadt(out + at, size - at, LOW_ACPI + dsdt), size))
		return -1;
	madt = at;
	if (!next(&at, acpi_madt(out + at, size - at, ncpus), size) || size - at < sizeof(xsdt))
		return -1;
	xsdt.table[0] = LOW_ACPI + fadt;
	xsdt.table[1] = LOW_ACPI + madt;
	acpi_finish(&xsdt.header, "XSDT", 1, sizeof(xsdt));
	memcpy(out + at, &xsdt, sizeof(xsdt));
	write_rsdp((struct rsdp *)area, LOW_ACPI + at);
	return 0;
}

int acpi_setup(struct physmem *mem, unsigned int ncpus)
{
	uint8_t *area = physmem_range(mem, LOW_ACPI, LOW_ACPI_SIZE);

	if (!area)
		return fail("guest memory is too small for the ACPI tables");
	if (acpi_write(area, LOW_ACPI_SIZE, ncpus) < 0)
		return fail("the ACPI tables are larger than the %u KiB that are there for them",
			    LOW_ACPI_SIZE / 1024);
	return 0;
}
