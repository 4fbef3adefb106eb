/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devices.h - what a device's back end is.
 *
 * A device has two halves. The front end is what the guest sees: registers at ports and device
 * addresses, an interrupt. It is in the monitor (umvmm/monitor/devices/), in every context,
 * and may ask nothing of the host but to wake somebody. The back end is what the device does
 * outside of the guest: files, sockets, a terminal.
 *
 * A back end runs in a process of its own, with a filter of its own (umvmm/sandbox/), and
 * never in a context; nor in the manager, unless no request of it can wait, as for the serial
 * ports, which the manager serves (umvmm/streams/).
 *
 * Must hold, for each back end:
 * - The guest writes to all that both halves share. Each value is read once and checked, and
 *   guest memory is reached by physmem_range() only.
 * - A request reaches it by a bit in shared memory and a wake-up, and only if it sleeps; an
 *   answer reaches the guest by shared memory and a kick of a vCPU (machine_kick()).
 * - What it has died of is the device's failure, not the host's: the guest sees a device that
 *   does not answer, or the VM ends with a message.
 * - The state that a guest could harm others with (which file, which address) is the back
 *   end's own, and not in the VM file.
 *
 * No device but the serial ports has a back end, so nothing is declared here. The first brings
 * the table of operations that all have, one row for each device.
 */
#ifndef UMVMM_DEVICES_DEVICES_H
#define UMVMM_DEVICES_DEVICES_H

#endif
