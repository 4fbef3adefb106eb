// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pin.c - a vCPU's processes get their host CPUs and their share of time.
 *
 * Runs: in the manager's steward.
 */
#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/machine/affinity.h>

/*
 * Where the host has autogroups (sched(7)), that of the zygote's session competes with others,
 * and has a niceness of its own. Whoever says nice(1) means this one. The host takes a change
 * every tenth of a second from all of its users; without, the VM is less nice, no more.
 */
static void be_nice(pid_t zygote)
{
	const struct timespec tenth = { 0, 100000000 };
	int value = getpriority(PRIO_PROCESS, 0), fd;
	char path[32];

	if (!value)
		return;
	snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)zygote);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int tries = 0; dprintf(fd, "%d", value) < 0 && errno == EAGAIN && tries < 5; tries++)
		nanosleep(&tenth, NULL);
	close(fd);
}

int pin_zygotes(const struct config *cfg, unsigned int index, pid_t zygote, pid_t sibling)
{
	cpu_set_t cpus;
	int off = affinity_for(&cpus, cfg, index);

	if (off < 0)
		return -1;
	if (!off &&
	    (sched_setaffinity(zygote, sizeof(cpus), &cpus) < 0 ||
	     (sibling && sched_setaffinity(sibling, sizeof(cpus), &cpus) < 0)) &&
	    cfg->affinity == AFFINITY_LIST) /* else it is slower, no more */
		return fail("--affinity: CPU %u: %s", index, strerror(errno));
	be_nice(zygote);
	return 0;
}
