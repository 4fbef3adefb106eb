// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * madt.c - the multiple APIC description table: N local APICs, one I/O APIC.
 *
 * Runs: in the manager; pure.
 * Must hold: ACPI 6.3, 5.2.12. APIC ids are the vCPUs' indices; interrupts
 * are identity mapped, so there are no source overrides.
 */
#include "table.h"

#include <string.h>
#include <vm.h>

struct madt {
	struct acpi_header header;
	uint32_t lapic_address;
	uint32_t flags; /* bit 0 clear: no 8259 */
} __attribute__((packed));

struct madt_lapic {
	uint8_t type, length;
	uint8_t uid, apic_id;
	uint32_t flags; /* bit 0: enabled */
} __attribute__((packed));

struct madt_ioapic {
	uint8_t type, length;
	uint8_t id, reserved;
	uint32_t address, gsi_base;
} __attribute__((packed));

#define TYPE_LAPIC  0
#define TYPE_IOAPIC 1

uint32_t acpi_madt(void *out, uint32_t size, unsigned int ncpus)
{
	uint32_t length = (uint32_t)(sizeof(struct madt) + ncpus * sizeof(struct madt_lapic) +
				     sizeof(struct madt_ioapic));
	uint8_t *at = out;
	const struct madt head = { .lapic_address = GPA_LAPIC };
	const struct madt_ioapic ioapic = {
		.type = TYPE_IOAPIC, .length = sizeof(ioapic), .address = GPA_IOAPIC,
	};

	if (size < length)
		return 0;
	memcpy(at, &head, sizeof(head));
	at += sizeof(head);
	for (unsigned int i = 0; i < ncpus; i++) {
		const struct madt_lapic lapic = {
			.type = TYPE_LAPIC, .length = sizeof(lapic), .uid = (uint8_t)i,
			.apic_id = (uint8_t)i, .flags = 1,
		};

		memcpy(at, &lapic, sizeof(lapic));
		at += sizeof(lapic);
	}
	memcpy(at, &ioapic, sizeof(ioapic));
	acpi_finish(out, "APIC", 5, length);
	return length;
}
