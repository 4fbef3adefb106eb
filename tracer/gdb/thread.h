/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thread.h - gdb's thread ids. vCPU n is thread n + 1.
 *
 * Runs: in the tracer's gdb thread.
 */
#ifndef TRACER_GDB_THREAD_H
#define TRACER_GDB_THREAD_H

#include <stdbool.h>

struct stub;

/* A thread id: its vCPU, ALL_VCPUS for all or any; false: there is none such. */
bool thread_parse(const struct stub *s, const char **p, unsigned int *vcpu);

#endif
