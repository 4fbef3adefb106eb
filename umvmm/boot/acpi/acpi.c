// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acpi.c - places the tables and the pointers that lead to them.
 *
 * Runs: in the manager, before the first guest instruction.
 */
#include "acpi.h"

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

int acpi_setup(struct physmem *mem, unsigned int ncpus)
{
	uint8_t *area = physmem_range(mem, LOW_ACPI, LOW_ACPI_SIZE);
	uint32_t at = ALIGN, dsdt, fadt, madt, len;
	struct xsdt xsdt = { 0 };

	if (!area)
		return fail("guest memory is too small for the ACPI tables");
	dsdt = at;
	memcpy(area + dsdt, acpi_dsdt, acpi_dsdt_size);
	at = (at + acpi_dsdt_size + ALIGN - 1) & ~(ALIGN - 1);
	fadt = at;
	len = acpi_fadt(area + fadt, LOW_ACPI_SIZE - fadt, LOW_ACPI + dsdt);
	at = (at + len + ALIGN - 1) & ~(ALIGN - 1);
	madt = at;
	len = acpi_madt(area + madt, LOW_ACPI_SIZE - madt, ncpus);
	at = (at + len + ALIGN - 1) & ~(ALIGN - 1);
	xsdt.table[0] = LOW_ACPI + fadt;
	xsdt.table[1] = LOW_ACPI + madt;
	acpi_finish(&xsdt.header, "XSDT", 1, sizeof(xsdt));
	memcpy(area + at, &xsdt, sizeof(xsdt));
	write_rsdp((struct rsdp *)area, LOW_ACPI + at);
	return 0;
}
