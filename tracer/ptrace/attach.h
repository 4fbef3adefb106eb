/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attach.h - traces a process of the VM for as long as it takes to set breakpoints.
 */
#ifndef TRACER_PTRACE_ATTACH_H
#define TRACER_PTRACE_ATTACH_H

#include <vm.h>

/* In the tracer: starts the thread that serves VM. 0, or -1. */
int attach_start(struct vm *vm) __attribute__((warn_unused_result));

#endif
