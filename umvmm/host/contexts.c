// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contexts.c - how many contexts the host pays for, read from its limits at the start.
 *
 * Runs: in the manager before the VM starts, and in umvmm doctor.
 *
 * Must hold: a limit that cannot be read is none. What others may need, too, is taken by
 * half: where that was too much, the monitor does with fewer (monitor/context/context.c).
 */
#include "contexts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB 1024ull

/* Of the host's memory for one context that sleeps, page tables included. */
#define CONTEXT_COST (320 * KIB)
/* Of the guest's memory for one process: its kernel stack, page tables, a few pages. */
#define PROCESS_COST (64 * KIB)

/* Of the host's kernel for one mapping: struct vm_area_struct and its place in a tree. */
#define MAPPING_COST 256ull
#define MAPS_DEFAULT 65530u
/* The monitor's own data, private to each process. */
#define IMAGE_MAX (1536 * KIB)

struct bound {
	uint64_t most; /* contexts of all vCPUs */
	const char *why;
};

static void bound(struct bound *b, uint64_t most, const char *why)
{
	if (most >= b->most)
		return;
	b->most = most;
	b->why = why;
}

/* The number in a one-line file; UINT64_MAX if there is none, or it says "max". */
static uint64_t number(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t n;

	if (!file)
		return UINT64_MAX;
	if (fscanf(file, "%" SCNu64, &n) != 1)
		n = UINT64_MAX;
	fclose(file);
	return n;
}

/* What is left of a cgroup's limit. */
static uint64_t left(const char *dir, const char *limit, const char *used)
{
	char path[PATH_MAX];
	uint64_t most, now;

	if (snprintf(path, sizeof(path), "%s/%s", dir, limit) >= (int)sizeof(path))
		return UINT64_MAX;
	most = number(path);
	if (snprintf(path, sizeof(path), "%s/%s", dir, used) >= (int)sizeof(path))
		return UINT64_MAX;
	now = number(path);
	if (most == UINT64_MAX || now == UINT64_MAX)
		return UINT64_MAX;
	return most > now ? most - now : 0;
}

/* This cgroup and those above it, up to the mount point, which is ROOT_LEN long. */
static void bound_by_cgroup(struct bound *b, char *dir, size_t root_len, unsigned int processes)
{
	for (;;) {
		uint64_t memory = left(dir, "memory.max", "memory.current");
		uint64_t v1 = left(dir, "memory.limit_in_bytes", "memory.usage_in_bytes");
		char *slash;

		bound(b, left(dir, "pids.max", "pids.current") / 2 / processes, "cgroup pids.max");
		bound(b, (memory < v1 ? memory : v1) / 8 / (CONTEXT_COST * processes),
		      "cgroup memory.max");
		slash = strrchr(dir, '/');
		if (strlen(dir) <= root_len || !slash)
			return;
		*slash = '\0';
	}
}

static void bound_by_cgroups(struct bound *b, unsigned int processes)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_MAX], dir[2 * PATH_MAX];

	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *path;
		int root;

		path = controllers ? strchr(++controllers, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (!*controllers) /* version 2 */
			root = snprintf(dir, sizeof(dir), "/sys/fs/cgroup");
		else if (!strcmp(controllers, "pids") || !strcmp(controllers, "memory"))
			root = snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%s", controllers);
		else
			continue;
		snprintf(dir + root, sizeof(dir) - (size_t)root, "%s",
			 strcmp(path, "/") ? path : "");
		bound_by_cgroup(b, dir, (size_t)root, processes);
	}
	if (file)
		fclose(file);
}

/* RLIMIT_NPROC does not bind who may have more than it (fork(2)). */
static int may_exceed_nproc(void)
{
	const uint64_t may = 1ull << 21 | 1ull << 24; /* CAP_SYS_ADMIN, CAP_SYS_RESOURCE */
	char line[256];
	uint64_t caps = 0;
	FILE *file;

	if (getuid() == 0)
		return 1;
	file = fopen("/proc/self/status", "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %" SCNx64, &caps) == 1)
			break;
	if (file)
		fclose(file);
	return (caps & may) != 0;
}

/* Memory that is there for the asking. */
static uint64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = UINT64_MAX / KIB;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * KIB;
}

unsigned int contexts_limit(unsigned int ncpus, enum isolation_mode isolation, uint64_t mem_size,
			    const char **why)
{
	/* with a user sibling each */
	const unsigned int processes = has_siblings(isolation) ? 2 : 1;
	const unsigned int files = has_siblings(isolation) ? 3 : 1;
	struct bound b = { (uint64_t)VM_MAX_CONTEXTS * ncpus, NULL };
	struct rlimit limit;
	uint64_t most;

	bound(&b, mem_size / PROCESS_COST * ncpus, NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY) {
		const rlim_t others = contexts_files(ncpus, isolation, 0);

		bound(&b, limit.rlim_max > others ? (limit.rlim_max - others) / files : 0,
		      "open files: ulimit -Hn");
	}
	if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    !may_exceed_nproc())
		bound(&b, limit.rlim_cur / 2 / processes, "processes: ulimit -u");
	bound(&b, number("/proc/sys/kernel/pid_max") / 2 / processes, "kernel.pid_max");
	bound(&b, number("/proc/sys/kernel/threads-max") / 2 / processes, "kernel.threads-max");
	bound(&b, available() / 8 / (CONTEXT_COST * processes), "memory");
	bound_by_cgroups(&b, processes);
	if (why)
		*why = b.why;
	most = b.most / ncpus;
	return most < 2 ? 2 : (unsigned int)most;
}

uint32_t contexts_maps(void)
{
	uint64_t maps = number("/proc/sys/vm/max_map_count");

	return maps > UINT32_MAX ? MAPS_DEFAULT : (uint32_t)maps;
}

uint64_t contexts_memory(unsigned int processes)
{
	return VM_FILE_SPLIT + processes * (PRIVATE_SIZE + TEXT_COPIES * 4096ull + IMAGE_MAX +
			    contexts_maps() * MAPPING_COST);
}

rlim_t contexts_files(unsigned int ncpus, enum isolation_mode isolation, unsigned int contexts)
{
	/* FD_PHYSMEM, FD_VM; pidfds of contexts, and of user siblings, which have a listener each */
	return 2 + (rlim_t)ncpus * (has_siblings(isolation) ? 3 * contexts : contexts);
}
