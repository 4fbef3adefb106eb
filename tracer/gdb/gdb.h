/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb.h - the gdb stub: a thread of the tracer that lets a gdb in and serves it.
 *
 * Must hold: it sleeps in poll() alone. A gdb that stops reading, sends garbage or is
 * killed costs the guest nothing but the time that it stood still for it.
 */
#ifndef TRACER_GDB_GDB_H
#define TRACER_GDB_GDB_H

#include <stdbool.h>

#include <vm.h>

#include "door.h"

/*
 * In the tracer, behind target_setup() and before the guest's start. HOLD: the guest
 * does not run its first instruction before a gdb lets it. 0 or an errno.
 */
int gdb_start(struct vm *vm, const int socket[DOOR_SOCKETS], bool hold)
	__attribute__((warn_unused_result));

#endif
