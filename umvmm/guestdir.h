/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestdir.h - where the kernel and the initial RAM disk of make guest are.
 */
#ifndef UMVMM_GUESTDIR_H
#define UMVMM_GUESTDIR_H

#include <stddef.h>

/* The path of this guest file; -1 and the build tree's path if there is none. */
int guestdir_path(char *path, size_t size, const char *file);

#endif
