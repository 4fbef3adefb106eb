// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_end.c - what a debugger has the manager do.
 *
 * Runs: in the tracer.
 */
#include "vm_end.h"

#include <stdbool.h>

#include <umvmm/base/futex.h>

void vm_wake_manager(struct vm *vm)
{
	__atomic_fetch_add(&vm->event, 1, __ATOMIC_SEQ_CST);
	futex_wake(&vm->event);
}

void vm_quit(struct vm *vm)
{
	__atomic_store_n(&vm->quit, 1, __ATOMIC_SEQ_CST);
	vm_wake_manager(vm);
}

void vm_gdb_left(struct vm *vm)
{
	__atomic_store_n(&vm->gdb_left, 1, __ATOMIC_SEQ_CST);
	vm_wake_manager(vm);
}

void vm_reset(struct vm *vm)
{
	uint32_t runs = VM_RUNNING;

	__atomic_compare_exchange_n(&vm->exit_reason, &runs, VM_REBOOT, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	vm_wake_manager(vm);
}
