/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestdir.h - where guest kernels are built, from what, and where the built one is.
 *
 * In a build tree: beside the program. Of an installed program: in a folder of the
 * user's ($XDG_DATA_HOME/umvmm or ~/.local/share/umvmm) what the user has built, else
 * under share/ what was installed.
 */
#ifndef UMVMM_BOOT_GUESTDIR_H
#define UMVMM_BOOT_GUESTDIR_H

#include <limits.h>
#include <stdbool.h>

/* The path of a file of the guest that umvmm run boots; false: there is none, PATH says where. */
bool guestdir_path(char path[PATH_MAX], const char *file);

/* Where umvmm build has make put its products; false: the user has no such folder. */
bool guestdir_output(char path[PATH_MAX]);

/* The tree that has guest-arch/; false: it was not installed. */
bool guestdir_source(char path[PATH_MAX]);

#endif
