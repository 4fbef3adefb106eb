/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backtrace.h - what a task or a CPU of the guest is at, as lines for a person.
 *
 * Runs: in umvmm bt and, after a failure of the guest, in the manager.
 */
#ifndef UMVMM_INSPECT_BACKTRACE_H
#define UMVMM_INSPECT_BACKTRACE_H

#include <stdio.h>

#include <tracer/target/target.h>

#include "tasks.h"

/* A task that does not run. */
void backtrace_task(FILE *out, const struct linux_guest *l, const struct task *task);

/*
 * A CPU that stands still: its task (null: the one that the kernel says), registers (if
 * REGISTERS), and stack.
 */
void backtrace_cpu(FILE *out, const struct linux_guest *l, unsigned int cpu,
		   const struct target_regs *regs, const struct task *task, bool registers);

/* An address in the first frame of a CPU's stack, which is its task's; 0: it runs user code. */
uint64_t backtrace_origin(const struct linux_guest *l, const struct target_regs *regs);

#endif
