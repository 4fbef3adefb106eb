/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * running.h - which task each CPU of a guest runs that stands still.
 *
 * Runs: in umvmm bt and umvmm dump and, after a panic, in the manager.
 */
#ifndef UMVMM_INSPECT_RUNNING_H
#define UMVMM_INSPECT_RUNNING_H

#include <tracer/snapshot.h>

#include "tasks.h"

#define PID_UNKNOWN (-1)

struct running {
	uint64_t va; /* of its task_struct; 0: not known */
	int32_t pid; /* 0: the CPU is idle; PID_UNKNOWN */
};

/*
 * By the stack: while the kernel switches to another task, it is the next one's already.
 * On no task's stack (user code, the first steps of the kernel's entry, an idle task) it is
 * the one the kernel says. ALL: what tasks_load() has found, with threads; may be empty.
 */
void running_tasks(struct running at[VM_MAX_VCPUS], const struct linux_guest *l,
		   const struct snapshot *s, const struct tasks *all);

#endif
