/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_registers.h - the host's debug registers of a process; do they hit?
 */
#ifndef TRACER_PTRACE_DEBUG_REGISTERS_H
#define TRACER_PTRACE_DEBUG_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Some hypervisors let a Linux host set debug registers that never hit. Tried once, in
 * a child process; true also where the host permits no ptrace, which others say.
 */
bool debug_registers_work(void);

/* Before anybody asks: they count as not working (--debug-registers off). */
void debug_registers_off(void);

/* DR n (0 to 3, 6, 7) of a stopped process that the caller traces; false: Linux refuses. */
bool debug_register_put(pid_t pid, unsigned int n, uint64_t value);

#endif
