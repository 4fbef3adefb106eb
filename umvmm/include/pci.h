/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.h - the PCI host bridge's registers. Runs: in the VM file (vm.h), of the monitor. */
#ifndef UMVMM_PCI_H
#define UMVMM_PCI_H

#include <stdint.h>

struct pci_host {
	uint32_t address; /* configuration mechanism 1: what PORT_PCI_DATA leads to */
};

#endif
