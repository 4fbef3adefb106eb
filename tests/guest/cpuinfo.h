/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuinfo.h - what the kernel says that its CPUs can do.
 *
 * Runs: in a test, on native Linux and in the guest.
 */
#ifndef CPUINFO_H
#define CPUINFO_H

#include "test.h"

/* Whether FLAG is in /proc/cpuinfo. */
static inline bool kernel_has(const char *flag)
{
	char line[8192], wanted[32];
	FILE *f = fopen("/proc/cpuinfo", "r");
	bool found = false;

	REQUIRE(f);
	snprintf(wanted, sizeof(wanted), " %s ", flag);
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = ' ';
		found = !strncmp(line, "flags", 5) && strstr(line, wanted);
	}
	fclose(f);
	return found;
}

#endif
