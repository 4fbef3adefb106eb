/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - the process group of the VM, which the tracer leads.
 */
#ifndef TRACER_GROUP_H
#define TRACER_GROUP_H

/* The whole group, ourselves included. Async-signal-safe. */
void group_kill(void) __attribute__((noreturn));

#endif
