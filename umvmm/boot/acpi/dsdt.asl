/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsdt.asl - the fixed part of the machine: power-off, clock and serial ports.
 *
 * Built by the C preprocessor and iasl, embedded by boot/acpi/dsdt.S. Ports and interrupts are
 * those of platform.h.
 *
 * The serial ports' interrupts are level triggered. Linux's handler gives up after 512 turns
 * (8250_core.c, PASS_LIMIT), which takes seconds on real lines. Ours are so fast that another
 * byte is always there; where the pin is high, an edge never comes again.
 */
#include <platform.h>

#define COM(name, uid, port, irq)                                                               \
	Device (COM##uid)                                                                       \
	{                                                                                       \
		Name (_HID, EisaId ("PNP0501"))                                                 \
		Name (_UID, uid)                                                                \
		Name (_CRS, ResourceTemplate () {                                               \
			IO (Decode16, port, port, 1, UART_PORTS)                                \
			Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { irq }      \
		})                                                                              \
	}

DefinitionBlock ("dsdt.aml", "DSDT", 2, "UMVMM", "UMVMMDSD", 1)
{
	Name (\_S5, Package () { 5, 5, 0, 0 })

	Scope (\_SB)
	{
		/* without an interrupt: it has no alarm */
		Device (RTC0)
		{
			Name (_HID, EisaId ("PNP0B00"))
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, PORT_CMOS, PORT_CMOS, 1, 2)
			})
		}
		UART_LIST (COM)
	}
}
