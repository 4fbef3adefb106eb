// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guestdir.c - where the kernel and the initial RAM disk of make guest are:
 * beside the program in a build tree, under share/ when installed.
 *
 * Runs: in the manager.
 */
#include "guestdir.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int guestdir_path(char *path, size_t size, const char *file)
{
	static const char *const places[] = { "../share/umvmm", "guest" };
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (len < 0)
		len = 0;
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%s/%s/%s", self, places[i], file);
		if (access(path, F_OK) == 0)
			return 0;
	}
	return -1;
}
