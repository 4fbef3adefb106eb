// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * power.c - the ports by which the guest ends: ACPI's registers, the keyboard controller's
 * reset line, and the debug exit of test guests.
 *
 * Runs: monitor, on any vCPU. What ends the VM does not return.
 */
#include <vm.h>

#include "power.h"
#include "report/report.h"

#define SLP_EN	    0x20 /* ACPI 4.8.3.7, sleep control register */
#define SLP_TYP(v)  (((v) >> 2) & 7)
#define SLP_TYP_S5  5

#define RESET_CPU   0x04 /* of the reset control register, as in Intel's chipsets */
#define PULSE_RESET 0xfe /* keyboard controller: pulse output line 0 */

void power_sleep(const struct bus_access *at, uint64_t value)
{
	(void)at;
	if ((value & SLP_EN) && SLP_TYP(value) == SLP_TYP_S5)
		vm_stop(VM_POWEROFF, 0);
}

void power_reset(const struct bus_access *at, uint64_t value)
{
	(void)at;
	if (value & RESET_CPU)
		vm_stop(VM_REBOOT, (uint32_t)value);
}

void power_keyboard(const struct bus_access *at, uint64_t value)
{
	(void)at;
	if (value == PULSE_RESET)
		vm_stop(VM_REBOOT, 0);
}

void power_debug_exit(const struct bus_access *at, uint64_t value)
{
	(void)at;
	vm_stop(VM_DEBUG_EXIT, (uint32_t)value);
}
