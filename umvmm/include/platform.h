/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform.h - the fixed part of the guest's machine: where each device is, and its interrupt.
 *
 * Runs: everywhere. For C, and for boot/acpi/dsdt.asl, which the C preprocessor reads before
 * iasl does.
 *
 * Must hold: each number stands here and nowhere else. From and to of a port or an address are
 * made of these in monitor/devices/bus.c.
 */
#ifndef UMVMM_PLATFORM_H
#define UMVMM_PLATFORM_H

/*
 * The five serial ports, by what they are for: name, number of PNP0501 (_UID), first I/O port,
 * pin of the I/O APIC. The first is the guest's ttyS0, the second ttyS1, and so on.
 */
#define UART_LIST(X)              \
	X(CONSOLE, 1, 0x3f8, 4)   \
	X(STDIO, 2, 0x2f8, 3)     \
	X(STDERR, 3, 0x3e8, 5)    \
	X(CONTROL, 4, 0x2e8, 7)   \
	X(AGENT, 5, 0x2d0, 10)
#define UART_PORTS 8 /* of each */

/* Other I/O ports. */
#define PORT_SYSTEM_B	 0x61  /* why an NMI came: for none of its reasons */
#define PORT_KEYBOARD	 0x64  /* the controller's commands; there is no keyboard */
#define PORT_CMOS	 0x70  /* real-time clock: index, data */
#define PORT_DEBUG_EXIT	 0xf4
#define PORT_SLEEP_CTL	 0x600 /* ACPI sleep control; S5 is SLP_TYP 5 */
#define PORT_SLEEP_STS	 0x601
#define PORT_PCI_ADDRESS 0xcf8 /* configuration mechanism 1, 32 bits */
#define PORT_RESET	 0xcf9 /* ACPI reset register, value 6; 8 bits */
#define PORT_PCI_DATA	 0xcfc

/* Device memory, guest physical. */
#define GPA_IOAPIC	0xfec00000
#define IOAPIC_SIZE	0x1000
#define GPA_LAPIC	0xfee00000

#define IOAPIC_PINS	24

#endif
