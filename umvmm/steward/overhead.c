// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overhead.c - ends a VM whose page tables on the host have grown beyond a bound.
 *
 * Runs: in the manager's steward, and (overhead_limit) in umvmm doctor.
 *
 * A hostile guest may map its memory again and again, at ever new addresses. No limit of a
 * process counts page tables, and with RLIMIT_AS, which counts what is mapped, the same
 * guest maps single pages far apart. So their size is read from /proc, of those processes
 * only that have run since the last look.
 *
 * Must hold: the processes are the manager's children, which contexts are, as they are made with
 * CLONE_PARENT; nothing here is read from the guest.
 */
#include "overhead.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <umvmm/base/futex.h>

#define INTERVAL_NS 200000000ll
#define SHARE	    100 /* of its CPU that this may take: one part in so many */

#define OF_A_PROCESS (512ull << 10) /* one that sleeps has 0.2 MiB */

struct process {
	pid_t pid;
	int64_t cpu_ns;	 /* when its tables were read */
	uint64_t tables; /* bytes */
};

uint64_t overhead_limit(uint64_t mem_size, unsigned int processes)
{
	return mem_size + processes * OF_A_PROCESS;
}

/* CPU time of a process; -1: there is none. */
static int64_t cpu_time(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t) < 0)
		return -1;
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* Bytes of page tables. */
static uint64_t read_tables(pid_t pid)
{
	char path[40], text[4096];
	const char *line;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	line = strstr(text, "\nVmPTE:");
	return line ? strtoull(line + 7, NULL, 10) << 10 : 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct process *p = a, *q = b;

	return (p->pid > q->pid) - (p->pid < q->pid);
}

static const struct process *find(const struct look *l, pid_t pid)
{
	const struct process key = { .pid = pid };

	return l->count ? bsearch(&key, l->process, l->count, sizeof(key), by_pid) : NULL;
}

/* Room for one more of SIZE bytes behind COUNT of them. */
static bool grow(void **array, unsigned int count, unsigned int *room, size_t size)
{
	unsigned int more = count < *room ? *room : *room ? 2 * *room : 64;
	void *larger = count < *room ? *array : realloc(*array, more * size);

	if (!larger)
		return false;
	*array = larger;
	*room = more;
	return true;
}

static bool add_child(struct children *c, pid_t pid)
{
	if (!grow((void **)&c->pid, c->count, &c->room, sizeof(*c->pid)))
		return false;
	c->pid[c->count++] = pid;
	return true;
}

static int list_children(struct children *c, pid_t parent)
{
	char path[64];
	FILE *list;
	int pid, err = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	list = fopen(path, "re");
	if (!list)
		return -1;
	while (!err && fscanf(list, "%d", &pid) == 1)
		err = add_child(c, pid) ? 0 : -1;
	fclose(list);
	return err;
}

/* The parent of a process; 0: there is no such process. */
static pid_t parent_of(const char *process)
{
	char path[40], text[512];
	const char *behind_name;
	int fd, parent;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	behind_name = strrchr(text, ')');
	return behind_name && sscanf(behind_name, ") %*c %d", &parent) == 1 ? parent : 0;
}

static int search_children(struct children *c, pid_t parent)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int err = 0;

	if (!proc)
		return -1;
	while (!err && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (parent_of(entry->d_name) == parent)
			err = add_child(c, (pid_t)strtol(entry->d_name, NULL, 10)) ? 0 : -1;
	}
	closedir(proc);
	/* at least ourselves, or there is no /proc, or others' processes are hidden in it */
	return c->count ? err : -1;
}

int overhead_children(struct children *children, pid_t parent, bool searches)
{
	children->count = 0;
	if (!searches && list_children(children, parent) == 0)
		return 0;
	children->count = 0;
	return search_children(children, parent);
}

/* All children into NOW; bytes of page tables in all. */
static uint64_t look_at_all(const struct children *children, const struct look *before,
			    struct look *now)
{
	uint64_t sum = 0;

	now->count = 0;
	for (unsigned int i = 0; i < children->count; i++) {
		struct process p = { .pid = children->pid[i] };
		const struct process *old = find(before, p.pid);

		p.cpu_ns = cpu_time(p.pid);
		if (old && old->cpu_ns == p.cpu_ns)
			p.tables = old->tables;
		else
			p.tables = read_tables(p.pid);
		sum += p.tables;
		if (!grow((void **)&now->process, now->count, &now->room, sizeof(p)))
			break;
		now->process[now->count++] = p;
	}
	if (now->count)
		qsort(now->process, now->count, sizeof(*now->process), by_pid);
	return sum;
}

int overhead_look(struct overhead *o)
{
	int64_t start = monotonic_ns(), wait;
	const struct look *before = &o->look[o->turn & 1];
	struct look *now = &o->look[++o->turn & 1];

	if (overhead_children(&o->children, o->parent, false) < 0)
		return -1;
	o->tables = look_at_all(&o->children, before, now);
	o->limit = overhead_limit(o->mem_size, now->count);
	wait = (monotonic_ns() - start) * SHARE;
	return (int)((wait > INTERVAL_NS ? wait : INTERVAL_NS) / 1000000);
}
