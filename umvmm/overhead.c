// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overhead.c - ends a VM whose page tables on the host have grown beyond a bound.
 *
 * Runs: in a thread of the manager, and (overhead_limit) in umvmm doctor.
 *
 * A hostile guest may map its memory again and again, at ever new addresses. No limit of a
 * process counts page tables, and with RLIMIT_AS, which counts what is mapped, the same
 * guest maps single pages far apart. So their size is read from /proc, of those processes
 * only that have run since the last look.
 *
 * Must hold: the processes are our children; nothing here is read from the guest.
 */
#include "overhead.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "futex.h"
#include "machine.h"

#define INTERVAL_NS 200000000ll
#define SHARE	    100 /* of its CPU that the thread may take: one part in so many */

#define OF_A_PROCESS (512ull << 10) /* one that sleeps has 0.2 MiB */

struct process {
	pid_t pid;
	int64_t cpu_ns;	 /* when its tables were read */
	uint64_t tables; /* bytes */
};

struct look {
	struct process *process; /* sorted by pid, as the list of children mostly is */
	unsigned int count, room;
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

static bool add(struct look *l, const struct process *p)
{
	if (l->count == l->room) {
		unsigned int room = l->room ? 2 * l->room : 64;
		struct process *more = realloc(l->process, room * sizeof(*more));

		if (!more)
			return false;
		l->process = more;
		l->room = room;
	}
	l->process[l->count++] = *p;
	return true;
}

/* All children into NOW; bytes of page tables in all. */
static uint64_t look_at_all(FILE *children, const struct look *before, struct look *now)
{
	uint64_t sum = 0;
	int pid;

	now->count = 0;
	while (fscanf(children, "%d", &pid) == 1) {
		struct process p = { .pid = pid, .cpu_ns = cpu_time(pid) };
		const struct process *old = find(before, pid);

		if (old && old->cpu_ns == p.cpu_ns)
			p.tables = old->tables;
		else
			p.tables = read_tables(pid);
		sum += p.tables;
		if (!add(now, &p))
			break;
	}
	if (now->count)
		qsort(now->process, now->count, sizeof(*now->process), by_pid);
	return sum;
}

static void *overhead_thread(void *arg)
{
	struct machine *m = arg;
	struct look look[2] = { 0 };
	unsigned int turn = 0;
	char path[64];

	/* the main thread's are all: contexts are made with CLONE_PARENT */
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	while (!m->stop_threads) {
		int64_t start = monotonic_ns(), wait;
		FILE *children = fopen(path, "re");
		struct look *now = &look[turn & 1];

		if (!children)
			break;
		m->overhead = look_at_all(children, &look[++turn & 1], now);
		fclose(children);
		m->overhead_limit = overhead_limit(m->mem.size, now->count);
		if (m->overhead > m->overhead_limit) {
			m->overhead_over = true;
			eventfd_write(m->event_fd, 1);
			break;
		}
		wait = (monotonic_ns() - start) * SHARE;
		futex_wait_until(&m->overhead_end, 0,
				 monotonic_ns() + (wait > INTERVAL_NS ? wait : INTERVAL_NS));
	}
	free(look[0].process);
	free(look[1].process);
	return NULL;
}

void overhead_start(struct machine *m)
{
	m->overhead_end = 0;
	m->overhead_over = false;
	m->overhead_runs = pthread_create(&m->overhead_thread, NULL, overhead_thread, m) == 0;
}

void overhead_stop(struct machine *m)
{
	if (!m->overhead_runs)
		return;
	__atomic_store_n(&m->overhead_end, 1, __ATOMIC_SEQ_CST);
	futex_wake(&m->overhead_end);
	pthread_join(m->overhead_thread, NULL);
	m->overhead_runs = false;
}
