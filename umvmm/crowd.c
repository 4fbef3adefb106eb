// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd.c - counts the VM's processes.
 *
 * Runs: in a thread of the manager.
 * Must hold: the monitor makes at most VM_MAX_CONTEXTS contexts for each vCPU.
 * More means that guest code has jumped to the monitor's clone call. Their limit
 * on processes forbids it (forbid_children), but not to root's processes.
 * All are children of the main thread (CLONE_PARENT). Without CONFIG_PROC_CHILDREN
 * or /proc there is no check.
 */
#include <stdio.h>
#include <unistd.h>

#include "machine.h"

/* Zygote and contexts; the tracer. */
#define MOST(ncpus) ((ncpus) * (1 + VM_MAX_CONTEXTS) + 1)

bool crowd_found(const struct machine *m)
{
	unsigned int count = 0, most = MOST(m->ncpus);
	char path[64];
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (!file)
		return false;
	/* process ids, each with a space behind it */
	while (count <= most && (c = getc(file)) != EOF)
		count += c == ' ';
	fclose(file);
	return count > most;
}
