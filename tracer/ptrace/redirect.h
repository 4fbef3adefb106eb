/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redirect.h - --redirect=ptrace: guest system calls go through the tracer.
 */
#ifndef TRACER_PTRACE_REDIRECT_H
#define TRACER_PTRACE_REDIRECT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts the thread that seizes the zygote, answers the manager on FD, and
 * serves the stops of the vCPU's contexts. It kills the group when the zygote
 * dies. SIBLING: it is that of user siblings, which have a gate of their own. 0, or -1: the manager got no answer.
 */
int redirect_start(int fd, pid_t zygote, bool sibling) __attribute__((warn_unused_result));

#endif
