// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guestdir.c - where guest kernels are built, from what, and where the built one is.
 *
 * Runs: in the manager and in umvmm build.
 */
#include "guestdir.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* DIR/NAME, if all of it has room. */
static bool join(char path[PATH_MAX], const char *dir, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

static bool exists(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return join(path, dir, name) && access(path, F_OK) == 0;
}

/* The folder of this program; "" without /proc. */
static void own_folder(char dir[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	dir[len < 0 ? 0 : len] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
}

/* make puts the monitor's file, with its symbols, beside the program. */
static bool in_build_tree(const char *dir)
{
	return exists(dir, "umvmm-monitor.elf");
}

/* XDG Base Directory Specification: a relative path is to be ignored. */
static bool users_folder(char path[PATH_MAX])
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && *data == '/')
		return join(path, data, "umvmm");
	return home && *home == '/' && join(path, home, ".local/share/umvmm");
}

bool guestdir_output(char path[PATH_MAX])
{
	own_folder(path);
	return in_build_tree(path) || users_folder(path);
}

bool guestdir_source(char path[PATH_MAX])
{
	char self[PATH_MAX];

	own_folder(self);
	if (in_build_tree(self)) {
		strcpy(path, SOURCE_TREE);
		return true;
	}
	return join(path, self, "../share/umvmm/source") && exists(path, "guest-arch/guest.mk");
}

/* The folder that has the kernel, or else the first one. */
static bool find_guest(char path[PATH_MAX])
{
	char self[PATH_MAX], dir[PATH_MAX];

	own_folder(self);
	if (in_build_tree(self))
		return join(path, self, "guest");
	if (users_folder(dir) && join(path, dir, "guest") && exists(path, "vmlinux"))
		return true;
	return join(path, self, "../share/umvmm");
}

bool guestdir_path(char path[PATH_MAX], const char *file)
{
	char dir[PATH_MAX];

	*path = '\0';
	return find_guest(dir) && join(path, dir, file) && access(path, F_OK) == 0;
}
