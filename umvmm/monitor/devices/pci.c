// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pci.c - the PCI host bridge's configuration ports (PCI local bus 3.0, 3.2.2.3.2). There is no
 * device behind it, so nobody answers at the data port.
 *
 * Runs: monitor, on any vCPU.
 */
#include "context/context.h"
#include "pci.h"

uint64_t pci_address_read(const struct bus_access *at)
{
	(void)at;
	return vm_page->pci.address;
}

void pci_address_write(const struct bus_access *at, uint64_t value)
{
	(void)at;
	vm_page->pci.address = (uint32_t)value;
}
