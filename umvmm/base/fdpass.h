/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fdpass.h - bytes and one open file, over a unix socket (unix(7), SCM_RIGHTS).
 *
 * Runs: in every ordinary process of umvmm.
 */
#ifndef UMVMM_BASE_FDPASS_H
#define UMVMM_BASE_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

/* As send() and recv(); sending does not wait. *FILE is -1 where none came. */
ssize_t fdpass_send(int socket, const void *data, size_t len, int file);
ssize_t fdpass_receive(int socket, void *data, size_t size, int *file);

#endif
