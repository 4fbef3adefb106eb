/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_end.h - ends the VM as its monitor would.
 *
 * Runs: in the tracer.
 */
#ifndef TRACER_GDB_VM_END_H
#define TRACER_GDB_VM_END_H

#include <vm.h>

/* Unless it has ended for another reason. The manager then kills this process, too. */
void vm_end(struct vm *vm, enum vm_exit reason);

/* It looks at what has changed in VM. */
void vm_wake_manager(struct vm *vm);

#endif
