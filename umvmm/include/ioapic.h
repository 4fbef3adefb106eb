/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ioapic.h - the I/O APIC's registers. Runs: in the VM file (vm.h), of the monitor. */
#ifndef UMVMM_IOAPIC_H
#define UMVMM_IOAPIC_H

#include <platform.h>
#include <stdint.h>

struct ioapic {
	uint32_t id, sel;
	uint64_t redir[IOAPIC_PINS];
	uint32_t level; /* of the lines, a bit each */
};

#endif
