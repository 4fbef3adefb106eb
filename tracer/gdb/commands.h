/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commands.h - what gdb's command `monitor` can do.
 *
 * Runs: in the tracer's gdb thread. Each command prints to s->output.
 */
#ifndef TRACER_GDB_COMMANDS_H
#define TRACER_GDB_COMMANDS_H

#include "stub.h"
#include "walk.h"

/* commands_info.c: what only looks. */
void monitor_registers(struct stub *s, int argc, char **argv);
void monitor_contexts(struct stub *s, int argc, char **argv);
void monitor_version(struct stub *s, int argc, char **argv);
void monitor_stats(struct stub *s, int argc, char **argv);

/* commands_pages.c: page tables. */
void monitor_tlb(struct stub *s, int argc, char **argv);
void monitor_mem(struct stub *s, int argc, char **argv);
/* A page's permissions in letters; valid until the next call. */
const char *monitor_flags(const struct walk *w);
/* The selected CPU's CR3: 0, or -1 after a message. */
int monitor_cr3(struct stub *s, uint64_t *cr3) __attribute__((warn_unused_result));

#endif
