/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus.h - port and memory-mapped I/O: from an address to the device that answers there.
 *
 * Runs: monitor, on any vCPU. What nothing answers reads as all ones, and writes to it are
 * lost, as on a real bus.
 *
 * Must hold: the table (bus.c) is constant, the same in every context. A device that the guest
 * may move (a PCI BAR) has no row of its own: the window in which BARs may lie has one, and
 * who answers for the window finds the BAR by the registers in the VM file. So a move is a
 * store to shared memory, which every context of every vCPU sees.
 */
#ifndef MONITOR_DEVICES_BUS_H
#define MONITOR_DEVICES_BUS_H

#include "mmu/mmu.h"

enum bus_space { BUS_PORT, BUS_MEMORY };

/* Where in a row an access goes. */
struct bus_access {
	unsigned int unit; /* the row's: which of several like devices */
	unsigned int size; /* bytes: one of the row's sizes */
	uint64_t offset;   /* from the row's first address; the access ends before its last */
};

/* The bytes at [from, to) of a space. */
struct bus_row {
	enum bus_space space;
	uint64_t from, to;
	/*
	 * Which sizes the device takes as a whole, or-ed: 1, 2, 4, 8. Another access to a port is
	 * one byte after the other, each to the device that is there; to memory it finds nobody.
	 */
	unsigned int sizes;
	unsigned int unit;
	/* Null: nobody answers. What read() returns above the size, and write() gets, is cut off. */
	uint64_t (*read)(const struct bus_access *at);
	void (*write)(const struct bus_access *at, uint64_t value);
	/* What REP OUTSB has for the first port, 1 byte or more at once. Null: by write(). */
	void (*send)(unsigned int unit, const uint8_t *data, unsigned int len);
};

/* size in bytes: 1, 2, 4; of memory 8, too. */
uint32_t port_read(uint16_t port, unsigned int size);
void port_write(uint16_t port, unsigned int size, uint32_t value);
/* LEN bytes, 1 or more, one after the other. */
void port_write_bytes(uint16_t port, const uint8_t *data, unsigned int len);
uint64_t mmio_read(gpa_t pa, unsigned int size);
void mmio_write(gpa_t pa, unsigned int size, uint64_t value);

#endif
