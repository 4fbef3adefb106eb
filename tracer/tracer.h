/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracer.h - the process that watches over the contexts.
 *
 * Runs: a fork of the manager, one for each incarnation of the VM. It leads
 * the process group that all contexts of the VM are in: as long as it was not
 * reaped, the group's number cannot name anybody else's processes.
 *
 * Must hold: when the manager or a zygote dies, the whole group is killed
 * within a second; when the tracer dies, the manager ends the VM.
 */
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#include <sys/types.h>

/*
 * Forks the tracer and puts its write end of a pipe in *PIPE_FD: closing it
 * ends the group. Returns its process id, or -1 after a message.
 */
pid_t tracer_start(int *pipe_fd) __attribute__((warn_unused_result));

/* Tells the tracer about a zygote, right after its fork. */
int tracer_watch(int pipe_fd, pid_t zygote) __attribute__((warn_unused_result));

#endif
