// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bus.c - which device a port or a device address belongs to.
 *
 * Runs: monitor. What nothing answers reads as all ones, as on a real bus.
 */
#include "apic.h"
#include "bus.h"
#include "cmos.h"
#include "context/context.h"
#include "report/report.h"
#include "uart.h"

#define PORT_CMOS_INDEX	 0x70
#define PORT_CMOS_DATA	 0x71
#define PORT_SYSTEM_B	 0x61 /* why an NMI came: for none of its reasons */
#define PORT_KBD_STATUS	 0x64
#define PORT_PCI_ADDRESS 0xcf8 /* configuration mechanism 1; the bus is empty */
#define SLP_EN		 0x20  /* ACPI 4.8.3.7, sleep control register */
#define SLP_TYP(v)	 (((v) >> 2) & 7)
#define SLP_TYP_S5	 5

static uint8_t read_byte(uint16_t port)
{
	unsigned int reg;
	int n = uart_of_port(port, &reg);

	if (n >= 0)
		return uart_read((unsigned int)n, reg);
	switch (port) {
	case PORT_CMOS_INDEX:
		return vm_page->rtc.index;
	case PORT_CMOS_DATA:
		return cmos_read();
	case PORT_SYSTEM_B:
	case PORT_SLEEP_CTL:
	case PORT_SLEEP_STS:
		return 0;
	}
	return 0xff;
}

static void write_byte(uint16_t port, uint8_t value)
{
	unsigned int reg;
	int n = uart_of_port(port, &reg);

	if (n >= 0) {
		uart_write((unsigned int)n, reg, value);
		return;
	}
	switch (port) {
	case PORT_CMOS_INDEX:
		vm_page->rtc.index = value % RTC_REGS; /* the top bit masks NMIs */
		break;
	case PORT_CMOS_DATA:
		cmos_write(value);
		break;
	case PORT_SLEEP_CTL:
		if ((value & SLP_EN) && SLP_TYP(value) == SLP_TYP_S5)
			vm_stop(VM_POWEROFF, 0);
		break;
	case PORT_RESET:
		if (value & 4)
			vm_stop(VM_REBOOT, value);
		break;
	case PORT_KBD_STATUS:
		if (value == 0xfe) /* pulse the reset line */
			vm_stop(VM_REBOOT, 0);
		break;
	case PORT_DEBUG_EXIT:
		vm_stop(VM_DEBUG_EXIT, value);
		break;
	}
}

uint32_t port_read(uint16_t port, unsigned int size)
{
	uint32_t value = 0;
	unsigned int i;

	this_vcpu->stats.emul_io++;
	if (port == PORT_PCI_ADDRESS && size == 4)
		return vm_page->pci_addr;
	for (i = 0; i < size; i++)
		value |= (uint32_t)read_byte((uint16_t)(port + i)) << (8 * i);
	return value;
}

void port_write(uint16_t port, unsigned int size, uint32_t value)
{
	unsigned int i;

	this_vcpu->stats.emul_io++;
	/* the address register takes 32-bit writes only; its second byte is PORT_RESET */
	if (port == PORT_PCI_ADDRESS && size == 4) {
		vm_page->pci_addr = value;
		return;
	}
	for (i = 0; i < size; i++)
		write_byte((uint16_t)(port + i), (uint8_t)(value >> (8 * i)));
}

void port_write_bytes(uint16_t port, const uint8_t *data, unsigned int len)
{
	unsigned int reg;
	int n = uart_of_port(port, &reg);

	if (n >= 0 && reg == 0) {
		this_vcpu->stats.emul_io++;
		uart_send((unsigned int)n, data, len);
		return;
	}
	while (len--)
		port_write(port, 1, *data++);
}

uint64_t mmio_read(gpa_t pa, unsigned int size)
{
	this_vcpu->stats.emul_mmio++;
	if (pa >= GPA_IOAPIC && pa < GPA_IOAPIC + 0x1000 && size == 4)
		return ioapic_mmio_read((uint32_t)(pa - GPA_IOAPIC));
	return ~0ull;
}

void mmio_write(gpa_t pa, unsigned int size, uint64_t value)
{
	this_vcpu->stats.emul_mmio++;
	if (pa >= GPA_IOAPIC && pa < GPA_IOAPIC + 0x1000 && size == 4)
		ioapic_mmio_write((uint32_t)(pa - GPA_IOAPIC), (uint32_t)value);
}
