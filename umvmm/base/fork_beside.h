/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork_beside.h - a fork that becomes the child of our parent.
 *
 * Runs: in the steward (steward.c), which has one thread.
 * Must hold: the child uses nothing of the C library that asks for its own thread's number,
 * which fork() would have renewed: robust and error-checking mutexes.
 */
#ifndef UMVMM_BASE_FORK_BESIDE_H
#define UMVMM_BASE_FORK_BESIDE_H

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline pid_t fork_beside(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

#endif
