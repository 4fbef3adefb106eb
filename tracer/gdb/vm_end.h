/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm_end.h - what a debugger has the manager do.
 *
 * Runs: in the tracer, which the manager kills when the VM ends.
 */
#ifndef TRACER_GDB_VM_END_H
#define TRACER_GDB_VM_END_H

#include <vm.h>

/* It looks at what has changed in VM. */
void vm_wake_manager(struct vm *vm);

/* The VM ends, as by umvmm stop. */
void vm_quit(struct vm *vm);

/* A gdb that had stopped it has gone away. */
void vm_gdb_left(struct vm *vm);

/* It starts again, as if the guest had asked; unless it has ended already. */
void vm_reset(struct vm *vm);

#endif
