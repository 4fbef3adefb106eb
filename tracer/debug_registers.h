/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_registers.h - do the host's debug registers hit?
 */
#ifndef TRACER_DEBUG_REGISTERS_H
#define TRACER_DEBUG_REGISTERS_H

#include <stdbool.h>

/*
 * Some hypervisors let a Linux host set debug registers that never hit. Tried once, in
 * a child process; true also where the host permits no ptrace, which others say.
 */
bool debug_registers_work(void);

#endif
