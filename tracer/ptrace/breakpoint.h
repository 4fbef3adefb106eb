/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * breakpoint.h - sets the debug registers of a process of the VM, when it asks.
 *
 * Runs: in the tracer, in the thread that traces the process.
 */
#ifndef TRACER_PTRACE_BREAKPOINT_H
#define TRACER_PTRACE_BREAKPOINT_H

#include <stdbool.h>
#include <debugreg.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct breakpoints {
	uint64_t addr[DR_COUNT];
	uint64_t control; /* DR7 */
};

/* Takes out of B what may not be set: what does not lie in the guest's addresses. */
void breakpoint_limit(struct breakpoints *b);

/* Is this seccomp stop a DEBUG_CALL that the process's filter gives to us? */
bool breakpoint_asked(pid_t pid, const struct user_regs_struct *regs);

/* Carries it out; its result. */
uint64_t breakpoint_call(pid_t pid, const struct user_regs_struct *regs);

#endif
