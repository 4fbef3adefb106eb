// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fadt.c - the fixed ACPI description table: hardware-reduced, with a sleep
 * control port and a reset port (platform.h).
 *
 * Runs: in the manager; pure.
 * Must hold: ACPI 6.3, 5.2.9.
 */
#include "table.h"

#include <stddef.h>
#include <string.h>
#include <vm.h>

struct fadt {
	struct acpi_header header;
	uint32_t firmware_ctrl, dsdt;
	uint8_t reserved1, profile;
	uint16_t sci_int;
	uint8_t legacy_hardware[109 - 48]; /* zero: hardware-reduced */
	uint16_t boot_arch;
	uint8_t reserved2;
	uint32_t flags;
	struct acpi_gas reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_version;
	uint64_t x_firmware_ctrl, x_dsdt;
	uint8_t legacy_blocks[244 - 148];
	struct acpi_gas sleep_control, sleep_status;
	uint64_t hypervisor;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, boot_arch) == 109, "ACPI 6.3, table 5-33");
_Static_assert(offsetof(struct fadt, flags) == 112, "ACPI 6.3, table 5-33");
_Static_assert(offsetof(struct fadt, x_dsdt) == 140, "ACPI 6.3, table 5-33");
_Static_assert(offsetof(struct fadt, sleep_control) == 244, "ACPI 6.3, table 5-33");
_Static_assert(sizeof(struct fadt) == 276, "ACPI 6.3, table 5-33");

#define BOOT_ARCH_NO_VGA  4u
#define BOOT_ARCH_NO_ASPM 16u

#define FADT_WBINVD	  (1u << 0)
#define FADT_PWR_BUTTON	  (1u << 4) /* no fixed power button */
#define FADT_SLP_BUTTON	  (1u << 5) /* no fixed sleep button */
#define FADT_RESET_REG	  (1u << 10)
#define FADT_HW_REDUCED	  (1u << 20)
#define RESET_VALUE	  6

static struct acpi_gas io_port(uint16_t port)
{
	return (struct acpi_gas){ .space = 1, .bit_width = 8, .access = 1, .address = port };
}

uint32_t acpi_fadt(void *out, uint32_t size, uint64_t dsdt)
{
	struct fadt fadt = {
		.dsdt = (uint32_t)dsdt,
		.x_dsdt = dsdt,
		.boot_arch = BOOT_ARCH_NO_VGA | BOOT_ARCH_NO_ASPM,
		.flags = FADT_WBINVD | FADT_PWR_BUTTON | FADT_SLP_BUTTON | FADT_RESET_REG |
			 FADT_HW_REDUCED,
		.reset_reg = io_port(PORT_RESET),
		.reset_value = RESET_VALUE,
		.minor_version = 3,
		.sleep_control = io_port(PORT_SLEEP_CTL),
		.sleep_status = io_port(PORT_SLEEP_STS),
	};

	if (size < sizeof(fadt))
		return 0;
	acpi_finish(&fadt.header, "FACP", 6, sizeof(fadt));
	memcpy(out, &fadt, sizeof(fadt));
	return sizeof(fadt);
}
