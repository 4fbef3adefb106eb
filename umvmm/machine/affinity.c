// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * affinity.c - which host CPUs a vCPU's contexts run on.
 *
 * Runs: in the manager's main thread.
 *
 * A hand-off between contexts on one host CPU is the cheapest, so "auto" gives each vCPU one,
 * and the host's scheduler cannot move it away from another that is bound to the same. So
 * each vCPU of each VM claims a place on its host CPU: the first, the second, and so on. The
 * lowest that is free is taken, where there are several on the CPU that has been idle most
 * since the manager's start. A claim is a socket with an abstract name (unix(7)): the host
 * keeps the list, for all users of a network namespace, and removes whoever dies. It is a
 * hint: somebody who takes all names has others' VMs share CPUs, no more.
 *
 * Must hold: a VM that starts again keeps its CPUs.
 */
#include "affinity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <vm.h>

#include <umvmm/base/fail.h>

#define PLACES 64u /* on each host CPU */

/* By host CPU: time without work until affinity_begin(), in the units of /proc/stat. */
static uint64_t idle_at_start[CPU_SETSIZE];

/* By vCPU. */
static struct {
	bool is;
	int cpu;
} chosen[VM_MAX_VCPUS];

static void read_idle(uint64_t idle[CPU_SETSIZE])
{
	FILE *f = fopen("/proc/stat", "re");
	char line[256];

	memset(idle, 0, CPU_SETSIZE * sizeof(idle[0]));
	while (f && fgets(line, sizeof(line), f)) {
		unsigned int cpu;
		uint64_t time;

		if (sscanf(line, "cpu%u %*u %*u %*u %" SCNu64, &cpu, &time) == 2 &&
		    cpu < CPU_SETSIZE)
			idle[cpu] = time;
	}
	if (f)
		fclose(f);
}

void affinity_begin(void)
{
	read_idle(idle_at_start);
}

static int parse_list(cpu_set_t *set, const char *text)
{
	CPU_ZERO(set);
	for (const char *at = text; *at;) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return -1;
		if (*end == '-') {
			at = end + 1;
			last = strtoul(at, &end, 10);
			if (end == at)
				return -1;
		}
		if (first > last || last >= CPU_SETSIZE || (*end && *end != ','))
			return -1;
		for (unsigned long cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, set);
		at = *end ? end + 1 : end;
	}
	return 0;
}

/* The NTH member, counted around. */
static int nth_cpu(const cpu_set_t *set, unsigned int nth)
{
	unsigned int count = (unsigned int)CPU_COUNT(set);

	nth %= count;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, set) && nth-- == 0)
			return cpu;
	return 0;
}

/* A place on a host CPU, until this process ends; false if somebody has it, or if nobody can. */
static bool claim(int cpu, unsigned int place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "umvmm/cpu/%d/%u", cpu,
			 place);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);

	if (fd < 0)
		return false;
	if (!bind(fd, (struct sockaddr *)&address, len))
		return true; /* it stays open: that is the claim */
	close(fd);
	return false;
}

static int by_idle_time(const void *a, const void *b, void *arg)
{
	const uint64_t *idle = arg, x = idle[*(const int *)a], y = idle[*(const int *)b];

	return x < y ? 1 : x > y ? -1 : 0;
}

/* All of them into CPU[], the most idle first; returns how many. */
static size_t sort_cpus(const cpu_set_t *set, int cpu[CPU_SETSIZE])
{
	static uint64_t idle[CPU_SETSIZE];
	unsigned int count = (unsigned int)CPU_COUNT(set), first = (unsigned int)getpid();

	read_idle(idle);
	for (int i = 0; i < CPU_SETSIZE; i++)
		idle[i] = idle[i] > idle_at_start[i] ? idle[i] - idle_at_start[i] : 0;
	for (unsigned int i = 0; i < count; i++)
		cpu[i] = nth_cpu(set, first + i);
	qsort_r(cpu, count, sizeof(cpu[0]), by_idle_time, idle);
	return count;
}

/* One where few are: with nothing to go by, or where places cannot be had, any. */
static int choose_cpu(const cpu_set_t *allowed, unsigned int vcpu)
{
	static int cpu[CPU_SETSIZE];
	size_t count = sort_cpus(allowed, cpu);

	for (unsigned int place = 0; place < PLACES; place++)
		for (size_t i = 0; i < count; i++)
			if (claim(cpu[i], place))
				return cpu[i];
	return cpu[vcpu % count];
}

/* Others shall know of it, too. */
static int claim_named(const cpu_set_t *wanted, unsigned int vcpu)
{
	int cpu = nth_cpu(wanted, vcpu);

	for (unsigned int place = 0; place < PLACES && !claim(cpu, place); place++)
		;
	return cpu;
}

int affinity_all(cpu_set_t *wanted, const struct config *cfg)
{
	cpu_set_t allowed;

	if (cfg->affinity == AFFINITY_OFF)
		return 1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0) {
		if (cfg->affinity == AFFINITY_AUTO)
			return 1;
		return fail("--affinity: %s", strerror(errno));
	}
	*wanted = allowed;
	if (cfg->affinity == AFFINITY_LIST) {
		if (parse_list(wanted, cfg->affinity_list) < 0)
			return fail("--affinity %s: not a list of host CPUs", cfg->affinity_list);
		CPU_AND(wanted, wanted, &allowed);
		if (!CPU_COUNT(wanted))
			return fail("--affinity %s: none of these host CPUs may be used",
				    cfg->affinity_list);
	}
	return 0;
}

int affinity_for(cpu_set_t *set, const struct config *cfg, unsigned int vcpu)
{
	cpu_set_t wanted;
	int ret = affinity_all(&wanted, cfg);

	if (ret)
		return ret;
	if (!chosen[vcpu].is || !CPU_ISSET(chosen[vcpu].cpu, &wanted)) {
		chosen[vcpu].is = true;
		chosen[vcpu].cpu = cfg->affinity == AFFINITY_LIST ? claim_named(&wanted, vcpu)
								  : choose_cpu(&wanted, vcpu);
	}
	CPU_ZERO(set);
	CPU_SET(chosen[vcpu].cpu, set);
	return 0;
}
