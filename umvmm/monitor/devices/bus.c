// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bus.c - the table of ports and device addresses, and the way through it.
 *
 * Runs: monitor.
 */
#include "bus.h"
#include "cmos.h"
#include "context/context.h"
#include "ioapic.h"
#include "pci.h"
#include "power.h"
#include "uart.h"

/* A register of which no bit is ever set. */
static uint64_t read_zero(const struct bus_access *at)
{
	(void)at;
	return 0;
}

#define BYTE_PORTS(first, n, r, w)                                                               \
	{ .space = BUS_PORT, .from = (first), .to = (first) + (n), .sizes = 1, .read = (r), .write = (w) }
#define UART_ROW(name, uid, port, irq)                                                           \
	{ .space = BUS_PORT, .from = (port), .to = (port) + UART_PORTS, .sizes = 1,              \
	  .unit = UART_##name, .read = uart_read, .write = uart_write, .send = uart_send },

/* The first row that takes the access has it: what is used most comes first. */
static const struct bus_row rows[] = {
	UART_LIST(UART_ROW)
	{ .space = BUS_MEMORY, .from = GPA_IOAPIC, .to = GPA_IOAPIC + IOAPIC_SIZE, .sizes = 4,
	  .read = ioapic_read, .write = ioapic_write },
	/* 32 bits only: PORT_RESET is one of its bytes */
	{ .space = BUS_PORT, .from = PORT_PCI_ADDRESS, .to = PORT_PCI_ADDRESS + 4, .sizes = 4,
	  .read = pci_address_read, .write = pci_address_write },
	/* no device is there: all ones */
	{ .space = BUS_PORT, .from = PORT_PCI_DATA, .to = PORT_PCI_DATA + 4, .sizes = 1 | 2 | 4 },
	BYTE_PORTS(PORT_CMOS, 2, cmos_read, cmos_write),
	BYTE_PORTS(PORT_SYSTEM_B, 1, read_zero, 0),
	BYTE_PORTS(PORT_SLEEP_CTL, 1, read_zero, power_sleep),
	BYTE_PORTS(PORT_SLEEP_STS, 1, read_zero, 0),
	BYTE_PORTS(PORT_RESET, 1, 0, power_reset),
	BYTE_PORTS(PORT_KEYBOARD, 1, 0, power_keyboard),
	BYTE_PORTS(PORT_DEBUG_EXIT, 1, 0, power_debug_exit),
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The row that takes an access as a whole, and in *at where in it; null: there is none. */
static const struct bus_row *find(enum bus_space space, uint64_t address, unsigned int size,
				  struct bus_access *at)
{
	const struct bus_row *row;

	for (row = rows; row < rows + ROWS; row++)
		if (address >= row->from && address < row->to && row->space == space &&
		    (row->sizes & size) && size <= row->to - address) {
			*at = (struct bus_access){ row->unit, size, address - row->from };
			return row;
		}
	return 0;
}

/* Does anybody take it as a whole? Then *value is what is read. */
static int read_whole(enum bus_space space, uint64_t address, unsigned int size, uint64_t *value)
{
	struct bus_access at;
	const struct bus_row *row = find(space, address, size, &at);

	if (row)
		*value = row->read ? row->read(&at) : ~0ull;
	return row != 0;
}

static int write_whole(enum bus_space space, uint64_t address, unsigned int size, uint64_t value)
{
	struct bus_access at;
	const struct bus_row *row = find(space, address, size, &at);

	if (row && row->write)
		row->write(&at, value & ~0ull >> (64 - 8 * size));
	return row != 0;
}

uint32_t port_read(uint16_t port, unsigned int size)
{
	uint64_t byte, value;
	unsigned int i;

	this_vcpu->stats.emul_io++;
	if (read_whole(BUS_PORT, port, size, &value))
		return (uint32_t)value;
	for (i = 0, value = 0; i < size; i++) {
		if (!read_whole(BUS_PORT, (uint16_t)(port + i), 1, &byte))
			byte = 0xff;
		value |= (byte & 0xff) << (8 * i);
	}
	return (uint32_t)value;
}

void port_write(uint16_t port, unsigned int size, uint32_t value)
{
	unsigned int i;

	this_vcpu->stats.emul_io++;
	if (write_whole(BUS_PORT, port, size, value))
		return;
	for (i = 0; i < size; i++)
		write_whole(BUS_PORT, (uint16_t)(port + i), 1, value >> (8 * i));
}

void port_write_bytes(uint16_t port, const uint8_t *data, unsigned int len)
{
	struct bus_access at;
	const struct bus_row *row = find(BUS_PORT, port, 1, &at);

	if (row && row->send && at.offset == 0) {
		this_vcpu->stats.emul_io++;
		row->send(row->unit, data, len);
		return;
	}
	while (len--)
		port_write(port, 1, *data++);
}

uint64_t mmio_read(gpa_t pa, unsigned int size)
{
	uint64_t value = ~0ull;

	this_vcpu->stats.emul_mmio++;
	read_whole(BUS_MEMORY, pa, size, &value);
	return value;
}

void mmio_write(gpa_t pa, unsigned int size, uint64_t value)
{
	this_vcpu->stats.emul_mmio++;
	write_whole(BUS_MEMORY, pa, size, value);
}
