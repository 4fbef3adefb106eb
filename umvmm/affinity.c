// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * affinity.c - which host CPUs a vCPU's contexts run on.
 *
 * Runs: in the manager.
 * Must hold: "auto" gives each vCPU one host CPU, since a hand-off between
 * contexts on one CPU is the cheapest; different VMs of the same user start
 * at different CPUs.
 */
#include "affinity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

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

int affinity_for(cpu_set_t *set, const struct config *cfg, unsigned int vcpu)
{
	cpu_set_t allowed, wanted;
	unsigned int first = cfg->affinity == AFFINITY_AUTO ? (unsigned int)getpid() : 0;

	if (cfg->affinity == AFFINITY_OFF)
		return 1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0) {
		if (cfg->affinity == AFFINITY_AUTO)
			return 1;
		return fail("--affinity: %s", strerror(errno));
	}
	wanted = allowed;
	if (cfg->affinity == AFFINITY_LIST) {
		if (parse_list(&wanted, cfg->affinity_list) < 0)
			return fail("--affinity %s: not a list of host CPUs", cfg->affinity_list);
		CPU_AND(&wanted, &wanted, &allowed);
		if (!CPU_COUNT(&wanted))
			return fail("--affinity %s: none of these host CPUs may be used",
				    cfg->affinity_list);
	}
	CPU_ZERO(set);
	CPU_SET(nth_cpu(&wanted, first + vcpu), set);
	return 0;
}
