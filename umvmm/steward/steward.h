/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steward.h - the process that does for the manager what the manager may not do itself.
 *
 * The manager reads what the guest writes, for as long as the VM lives; so it has no file
 * opened, no program started and no process made (umvmm/sandbox/sandbox.h). But a VM has to be
 * started, once more after each reboot, its page tables have to be looked at, and what is left
 * of a guest that has failed. The steward does these things, and knows how from before the guest
 * was there: the manager can ask for no other kernel, file or program
 * (umvmm/machine/steward.h).
 *
 * Must hold: nothing that the guest can write is read in it, but page tables' sizes and process
 * ids that the manager has checked.
 */
#ifndef UMVMM_STEWARD_STEWARD_H
#define UMVMM_STEWARD_STEWARD_H

#include <umvmm/control/gdb_socket.h>
#include <umvmm/control/registry.h>
#include <umvmm/machine/machine.h>

/*
 * Forks it, while the manager has one thread; all that the VM needs is open. The files of
 * REGISTRY and GDB, by which others find the VM, go with it. 0, or -1 after a message.
 */
int steward_start(struct machine *m, struct registry *registry, struct gdb_sockets *gdb)
	__attribute__((warn_unused_result));

#endif
