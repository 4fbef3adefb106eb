/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracee.h - what the tracer's threads do with a process that has stopped.
 *
 * Runs: in the tracer, in the thread that traces the process.
 *
 * Must hold: one that was killed meanwhile is no longer stopped, and no error.
 * Any other failure ends the VM.
 */
#ifndef TRACER_PTRACE_TRACEE_H
#define TRACER_PTRACE_TRACEE_H

#include <sys/types.h>
#include <sys/user.h>

/* Its general registers up to RIP. 0, or -1 when it is dead. */
int tracee_get(pid_t pid, struct user_regs_struct *regs) __attribute__((warn_unused_result));
int tracee_put(pid_t pid, const struct user_regs_struct *regs) __attribute__((warn_unused_result));

/* SIGNAL 0: none. */
void tracee_go_on(pid_t pid, int signal);
void tracee_event_stop(pid_t pid, int signal);

#endif
