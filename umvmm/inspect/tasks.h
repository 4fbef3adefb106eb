/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks.h - the guest's tasks, from its memory.
 *
 * Runs: in umvmm ps, umvmm bt and, after a failure of the guest, in the manager.
 */
#ifndef UMVMM_INSPECT_TASKS_H
#define UMVMM_INSPECT_TASKS_H

#include "linux.h"

#define TASK_COMM_SIZE 16u /* TASK_COMM_LEN */

/* --isolation users: is its user code kept from the kernel's memory? */
enum task_wall {
	WALL_UNKNOWN, /* that does not depend on the process; or it has no user code */
	WALL_NONE,
	WALL_THERE
};

struct task {
	uint64_t va; /* of its task_struct */
	int32_t pid, tgid, ppid;
	uint32_t euid, cpu;
	bool on_cpu;		       /* runs now */
	bool kernel;		       /* a kernel thread */
	enum task_wall wall;
	char state;		       /* as ps(1) has it: R S D T t Z X P I */
	char comm[TASK_COMM_SIZE + 1]; /* printable */
	uint64_t rss;		       /* bytes; the process's */
	uint64_t cpu_ns;
	uint64_t sp; /* of its kernel stack, when it last stopped running */
	uint64_t stack, stack_size;
};

struct tasks {
	struct task *task;
	size_t count, room;
};

/*
 * THREADS: all of them, else one for each process, with the CPU time of all of its threads.
 * The guest may run: what changes under the reader's hands is read again, a few times.
 * 0; -EAGAIN: it never stayed the same, or makes no sense; -ENOENT: the kernel does not
 * say enough; -ENOMEM. tasks_free() in any case.
 */
int tasks_load(struct tasks *tasks, const struct linux_guest *l, bool threads)
	__attribute__((warn_unused_result));
void tasks_free(struct tasks *tasks);

/*
 * The task that a CPU runs, its idle task, too: 0 or -1. While the kernel switches to another
 * task it is still the one before.
 */
int task_of_cpu(struct task *task, const struct linux_guest *l, unsigned int cpu)
	__attribute__((warn_unused_result));

#endif
