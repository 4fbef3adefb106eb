/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - the VM's processes: all are in the process groups that its zygotes lead.
 *
 * Must hold: nobody else is in these groups. A zygote's number stays its own as long as the
 * manager lives, which does not reap it before the VM's end.
 */
#ifndef TRACER_PTRACE_GROUP_H
#define TRACER_PTRACE_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* One that we watch; pidfd stays open. -1: it is no zygote, or there are too many. */
int group_add(pid_t zygote, int pidfd) __attribute__((warn_unused_result));

/* Is it a process of the VM, but neither manager nor tracer? Any number may be asked for. */
bool group_has(pid_t pid);

/* All of them, ourselves included. Async-signal-safe. */
void group_kill(void) __attribute__((noreturn));

#endif
