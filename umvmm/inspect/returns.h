/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * returns.h - addresses to return to that the guest kernel's tracers have replaced.
 *
 * The function graph tracer puts return_to_handler into a stack frame, a kretprobe
 * arch_rethook_trampoline. What was there they keep with the task, by its place in the stack:
 * kernel/trace/fgraph.c, kernel/trace/rethook.c.
 */
#ifndef UMVMM_INSPECT_RETURNS_H
#define UMVMM_INSPECT_RETURNS_H

#include "tasks.h"

/* Is IP such a replacement's, where no call returns to? */
bool returns_replaced(const struct linux_guest *l, uint64_t ip);

/* What was at AT, of the stack of TASK: false if the task does not say. */
bool returns_original(const struct linux_guest *l, const struct task *task, uint64_t at,
		      uint64_t *ip);

#endif
