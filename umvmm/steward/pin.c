// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pin.c - a vCPU's processes get their host CPUs and their share of time.
 *
 * Runs: in the manager's steward.
 */
#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

/*
 * User siblings may go to other host CPUs where there is one more for each vCPU
 * (monitor/context/sibling_poll.c). Else, and on a host that would put them anywhere, they share
 * their vCPU's. On success ALL has them all.
 */
static bool may_poll(const struct machine *m, unsigned int index, cpu_set_t *all)
{
	cpu_set_t wanted;

	if (!config_may_poll(m->cfg) || !machine_vcpu(m, index)->sync_wake ||
	    affinity_all(&wanted, m->cfg) != 0 || (unsigned int)CPU_COUNT(&wanted) < 2 * m->ncpus)
		return false;
	*all = wanted;
	return true;
}

static void tell_cpus(struct vm *vm, const cpu_set_t *own, const cpu_set_t *all, bool always)
{
	cpu_set_t others;

	_Static_assert(sizeof(others) == sizeof(vm->poll_other), "vm.h");
	CPU_XOR(&others, all, own);
	memcpy(vm->poll_all, all, sizeof(vm->poll_all));
	memcpy(vm->poll_other, &others, sizeof(vm->poll_other));
	vm->poll = always ? VM_POLL_ALWAYS : VM_POLL_AUTO;
}

int pin_zygotes(const struct machine *m, unsigned int index, pid_t zygote, pid_t sibling)
{
	const struct config *cfg = m->cfg;
	cpu_set_t cpus, all;
	int off = affinity_for(&cpus, cfg, index);

	if (off < 0)
		return -1;
	all = cpus;
	if (!off && sibling && may_poll(m, index, &all))
		tell_cpus(m->vm, &cpus, &all, cfg->poll == POLL_ALWAYS);
	if (!off &&
	    (sched_setaffinity(zygote, sizeof(cpus), &cpus) < 0 ||
	     (sibling && sched_setaffinity(sibling, sizeof(all), &all) < 0)) &&
	    cfg->affinity == AFFINITY_LIST) /* else it is slower, no more */
		return fail("--affinity: CPU %u: %s", index, strerror(errno));
	be_nice(zygote);
	return 0;
}
