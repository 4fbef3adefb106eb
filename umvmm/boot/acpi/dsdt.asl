/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsdt.asl - the fixed part of the machine: power-off, clock and serial ports.
 *
 * Built by iasl, embedded by boot/acpi/dsdt.S. Ports and interrupts: vm.h
 * (UART_PORTS, UART_IRQS, PORT_SLEEP_CTL).
 *
 * The serial ports' interrupts are level triggered. Linux's handler gives up after 512 turns
 * (8250_core.c, PASS_LIMIT), which takes seconds on real lines. Ours are so fast that another
 * byte is always there; where the pin is high, an edge never comes again.
 */
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
				IO (Decode16, 0x70, 0x70, 1, 2)
			})
		}
		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 1)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x3f8, 0x3f8, 1, 8)
				Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 4 }
			})
		}
		Device (COM2)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 2)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x2f8, 0x2f8, 1, 8)
				Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 3 }
			})
		}
		Device (COM3)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 3)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x3e8, 0x3e8, 1, 8)
				Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 5 }
			})
		}
		Device (COM4)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 4)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x2e8, 0x2e8, 1, 8)
				Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 7 }
			})
		}
		Device (COM5)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, 5)
			Name (_CRS, ResourceTemplate () {
				IO (Decode16, 0x2d0, 0x2d0, 1, 8)
				Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 10 }
			})
		}
	}
}
