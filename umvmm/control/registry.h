/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registry.h - the running VMs of this user: a socket NAME.sock for each.
 *
 * Must hold: the directory is the user's alone (mode 0700); a socket that
 * nobody serves any more is removed by whoever meets it.
 */
#ifndef UMVMM_CONTROL_REGISTRY_H
#define UMVMM_CONTROL_REGISTRY_H

#include <stddef.h>

struct registry {
	int fd; /* listens */
	char name[72];
	char path[108];
};

/* The directory, made if need be. 0, or -1 after a message. */
int registry_dir(char *dir, size_t size) __attribute__((warn_unused_result));
/* NAME NULL: vm-PID. 0, or -1 after a message. */
int registry_open(struct registry *r, const char *name) __attribute__((warn_unused_result));
void registry_close(struct registry *r);

/* A connected socket to this VM; -1: there is none (a stale one is removed). */
int registry_connect(const char *name);

#endif
