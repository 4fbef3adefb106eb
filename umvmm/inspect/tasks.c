// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tasks.c - the guest's tasks, from its memory.
 *
 * Linux keeps its processes in a list through task_struct.tasks, which begins at init_task
 * (process 0), and the threads of each in one through signal_struct.thread_head. A task
 * that is freed while its memory is looked at has whatever is there next; so each link is
 * followed only if the next task's link back leads here.
 *
 * Must hold: all of it comes from the guest: there is a limit to the links that are
 * followed, as each process may claim the threads of all others; names are made printable.
 */
#include "tasks.h"

#include <errno.h>
#include <paging.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX  (1u << 20) /* in all tries */
#define TRIES	   20
#define PF_KTHREAD 0x00200000u

struct offsets {
	uint64_t init_task, tasks, thread_node, signal, pid, tgid, comm, state, exit_state, flags;
	uint64_t parent, cred, mm, runtime, sp, stack, stack_size, thread_head, euid, rss;
};

#define KEY(field, key)                                                                            \
	{                                                                                          \
		key, offsetof(struct offsets, field)                                               \
	}
static const struct layout_key keys[] = {
	KEY(init_task, "SYMBOL(init_task)"),
	KEY(tasks, "OFFSET(task_struct.tasks)"),
	KEY(thread_node, "OFFSET(task_struct.thread_node)"),
	KEY(signal, "OFFSET(task_struct.signal)"),
	KEY(pid, "OFFSET(task_struct.pid)"),
	KEY(tgid, "OFFSET(task_struct.tgid)"),
	KEY(comm, "OFFSET(task_struct.comm)"),
	KEY(state, "OFFSET(task_struct.__state)"),
	KEY(exit_state, "OFFSET(task_struct.exit_state)"),
	KEY(flags, "OFFSET(task_struct.flags)"),
	KEY(parent, "OFFSET(task_struct.real_parent)"),
	KEY(cred, "OFFSET(task_struct.cred)"),
	KEY(mm, "OFFSET(task_struct.mm)"),
	KEY(runtime, "OFFSET(task_struct.se.sum_exec_runtime)"),
	KEY(sp, "OFFSET(task_struct.thread.sp)"),
	KEY(stack, "OFFSET(task_struct.stack)"),
	KEY(stack_size, "SIZE(thread_union)"),
	KEY(thread_head, "OFFSET(signal_struct.thread_head)"),
	KEY(euid, "OFFSET(cred.euid)"),
	KEY(rss, "OFFSET(mm_struct.rss_stat)"),
};
#undef KEY

/* include/linux/sched.h: bits of __state and exit_state. */
static char state_letter(uint32_t state, uint32_t exit_state)
{
	if (exit_state)
		return exit_state & 0x20 ? 'Z' : 'X';
	if (state & 0x9000) /* TASK_FROZEN, TASK_RTLOCK_WAIT */
		return 'D';
	if (state & 0x1)
		return 'S';
	if (state & 0x2)
		return state & 0x400 ? 'I' : 'D'; /* TASK_NOLOAD: idle */
	if (state & 0x4)
		return 'T';
	if (state & 0x8)
		return 't';
	return state & 0x40 ? 'P' : 'R'; /* TASK_WAKING, TASK_NEW: it is about to run */
}

static bool get(const struct linux_guest *l, uint64_t va, void *value, size_t size)
{
	return guestmem_read_kernel(&l->mem, va, value, size) == 0;
}

/* File, anonymous and shared pages: counters that may be below 0 for a moment. */
static uint64_t read_rss(const struct linux_guest *l, uint64_t va)
{
	int64_t count[4], sum; /* MM_FILEPAGES MM_ANONPAGES MM_SWAPENTS MM_SHMEMPAGES */

	if (!get(l, va, count, sizeof(count)))
		return 0;
	sum = (int64_t)((uint64_t)count[0] + (uint64_t)count[1] + (uint64_t)count[3]);
	return sum > 0 ? (uint64_t)sum * PAGE_SIZE : 0;
}

/* What the kernel has told the monitor, if that has asked (arch/x86/mm/mm_trust.c). */
static enum task_wall read_wall(const struct linux_guest *l, uint64_t mm)
{
	uint64_t on, trusted;
	uint8_t value;

	if (!layout_get(&l->layout, "SYMBOL(mm_trust_on)", &on) ||
	    !layout_get(&l->layout, "OFFSET(mm_struct.context.trusted)", &trusted) ||
	    !get(l, on, &value, 1) || !value || !get(l, mm + trusted, &value, 1))
		return WALL_UNKNOWN;
	return value ? WALL_NONE : WALL_THERE;
}

static bool read_task(struct task *t, const struct linux_guest *l, const struct offsets *at,
		      uint64_t va)
{
	uint64_t parent, cred, mm, cpu_at;
	uint32_t state, exit_state, flags, on_cpu = 0;

	memset(t, 0, sizeof(*t));
	t->va = va;
	if (!get(l, va + at->pid, &t->pid, 4) || !get(l, va + at->tgid, &t->tgid, 4) ||
	    !get(l, va + at->comm, t->comm, TASK_COMM_SIZE) || !get(l, va + at->state, &state, 4) ||
	    !get(l, va + at->exit_state, &exit_state, 4) || !get(l, va + at->flags, &flags, 4) ||
	    !get(l, va + at->parent, &parent, 8) || !get(l, va + at->cred, &cred, 8) ||
	    !get(l, va + at->mm, &mm, 8) || !get(l, va + at->runtime, &t->cpu_ns, 8) ||
	    !get(l, va + at->sp, &t->sp, 8) || !get(l, va + at->stack, &t->stack, 8) ||
	    !get(l, parent + at->tgid, &t->ppid, 4) || !get(l, cred + at->euid, &t->euid, 4))
		return false;
	if (layout_get(&l->layout, "OFFSET(task_struct.thread_info.cpu)", &cpu_at) &&
	    !get(l, va + cpu_at, &t->cpu, 4))
		return false;
	if (layout_get(&l->layout, "OFFSET(task_struct.on_cpu)", &cpu_at) &&
	    !get(l, va + cpu_at, &on_cpu, 4))
		return false;
	t->stack_size = at->stack_size;
	t->on_cpu = on_cpu != 0;
	t->kernel = flags & PF_KTHREAD;
	t->state = state_letter(state, exit_state);
	t->rss = mm ? read_rss(l, mm + at->rss) : 0;
	t->wall = mm && !t->kernel ? read_wall(l, mm) : WALL_UNKNOWN;
	for (char *c = t->comm; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return true;
}

static int add(struct tasks *tasks, const struct task *t)
{
	if (tasks->count == tasks->room) {
		size_t room = tasks->room ? tasks->room * 2 : 256;
		struct task *more = realloc(tasks->task, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		tasks->task = more;
		tasks->room = room;
	}
	tasks->task[tasks->count++] = *t;
	return 0;
}

/* The next element of a list behind AT, if it agrees, and if LEFT to follow. */
static bool next_link(const struct linux_guest *l, uint64_t *at, unsigned int *left)
{
	uint64_t next, back;

	if (!*left)
		return false;
	--*left;
	if (!get(l, *at, &next, 8) || !get(l, next + 8, &back, 8) || back != *at)
		return false;
	*at = next;
	return true;
}

/* The threads of a process but its first, which is the last in TASKS. */
static int add_threads(struct tasks *tasks, const struct linux_guest *l, const struct offsets *at,
		       bool threads, unsigned int *left)
{
	const size_t leader = tasks->count - 1;
	uint64_t signal, head, link;
	struct task t;

	if (!get(l, tasks->task[leader].va + at->signal, &signal, 8))
		return -EAGAIN;
	head = link = signal + at->thread_head;
	for (;;) {
		int err = 0;

		if (!next_link(l, &link, left))
			return -EAGAIN;
		if (link == head)
			return 0;
		if (link - at->thread_node == tasks->task[leader].va)
			continue;
		if (!read_task(&t, l, at, link - at->thread_node))
			return -EAGAIN;
		if (threads)
			err = add(tasks, &t);
		else
			tasks->task[leader].cpu_ns += t.cpu_ns;
		if (err)
			return err;
	}
}

static int load(struct tasks *tasks, const struct linux_guest *l, const struct offsets *at,
		bool threads, unsigned int *left)
{
	uint64_t link = at->init_task + at->tasks;
	struct task t;
	int err = 0;

	tasks->count = 0;
	while (!err) {
		if (!next_link(l, &link, left))
			return -EAGAIN;
		if (link == at->init_task + at->tasks)
			return 0;
		if (!read_task(&t, l, at, link - at->tasks))
			return -EAGAIN;
		err = add(tasks, &t);
		if (!err)
			err = add_threads(tasks, l, at, threads, left);
	}
	return err;
}

int tasks_load(struct tasks *tasks, const struct linux_guest *l, bool threads)
{
	unsigned int left = LINKS_MAX;
	struct offsets at;
	int err = -EAGAIN;

	*tasks = (struct tasks){ 0 };
	if (!layout_fill(&l->layout, &at, keys, sizeof(keys) / sizeof(keys[0])))
		return -ENOENT;
	for (int i = 0; i < TRIES && err == -EAGAIN; i++)
		err = load(tasks, l, &at, threads, &left);
	return err;
}

void tasks_free(struct tasks *tasks)
{
	free(tasks->task);
	*tasks = (struct tasks){ 0 };
}

int task_of_cpu(struct task *task, const struct linux_guest *l, unsigned int cpu)
{
	uint64_t current_task, offsets, base = 0, va;
	struct offsets at;

	if (!layout_fill(&l->layout, &at, keys, sizeof(keys) / sizeof(keys[0])) ||
	    !layout_get(&l->layout, "SYMBOL(current_task)", &current_task))
		return -1;
	/* without SMP per-CPU data are ordinary data */
	if (layout_get(&l->layout, "SYMBOL(__per_cpu_offset)", &offsets) &&
	    !get(l, offsets + 8ull * cpu, &base, 8))
		return -1;
	if (!get(l, base + current_task, &va, 8) || !read_task(task, l, &at, va))
		return -1;
	return 0;
}
