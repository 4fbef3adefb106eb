/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.h - the PCI configuration ports. Runs: monitor. */
#ifndef MONITOR_DEVICES_PCI_H
#define MONITOR_DEVICES_PCI_H

#include "bus.h"

/* PORT_PCI_ADDRESS, 32 bits. */
uint64_t pci_address_read(const struct bus_access *at);
void pci_address_write(const struct bus_access *at, uint64_t value);

#endif
