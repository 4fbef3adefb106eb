// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * running.c - which task each CPU of a guest runs that stands still.
 *
 * Must hold: all of it is the guest's word: names for a person or a debugger, no more.
 */
#include "running.h"

#include "backtrace.h"

static struct running running_task(const struct linux_guest *l, unsigned int cpu,
				   const struct target_regs *regs, const struct tasks *all)
{
	const uint64_t origin = backtrace_origin(l, regs);
	struct task current;

	for (size_t i = 0; origin && i < all->count; i++)
		if (origin - all->task[i].stack < all->task[i].stack_size)
			return (struct running){ all->task[i].va, all->task[i].pid };
	if (task_of_cpu(&current, l, cpu) == 0)
		return (struct running){ current.va, current.pid };
	return (struct running){ 0, PID_UNKNOWN };
}

void running_tasks(struct running at[VM_MAX_VCPUS], const struct linux_guest *l,
		   const struct snapshot *s, const struct tasks *all)
{
	for (unsigned int cpu = 0; cpu < VM_MAX_VCPUS; cpu++) {
		if (cpu < s->ncpus && !(s->running >> cpu & 1))
			at[cpu] = running_task(l, cpu, &s->regs[cpu], all);
		else
			at[cpu] = (struct running){ 0, PID_UNKNOWN };
	}
}
