/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * breaks.h - the breakpoints that gdb has set.
 *
 * Runs: in the tracer's gdb thread.
 *
 * gdb takes all its breakpoints out at each stop and sets them again, by virtual address,
 * before the guest goes on. By then another process may run, where that address is
 * something else or nothing. So one that gdb has removed stays in the guest until the
 * guest goes on without it: where it was set first counts. (Memory is read without
 * breakpoints, so gdb cannot tell.)
 */
#ifndef TRACER_GDB_BREAKS_H
#define TRACER_GDB_BREAKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/target/target.h>

struct break_point {
	enum target_break kind;
	bool wanted; /* by gdb; otherwise it goes when the guest goes on */
	unsigned int len;
	uint64_t address;
};

struct breaks {
	struct break_point *list;
	size_t count, room;
};

/* 0 or a negative errno. */
int breaks_insert(struct breaks *b, struct target *t, unsigned int vcpu, enum target_break kind,
		  uint64_t address, unsigned int len) __attribute__((warn_unused_result));
int breaks_remove(struct breaks *b, enum target_break kind, uint64_t address, unsigned int len)
	__attribute__((warn_unused_result));
bool breaks_has(const struct breaks *b, enum target_break kind, uint64_t address);

/* Before the guest goes on: those that gdb does not want go out of it. */
void breaks_settle(struct breaks *b, struct target *t);
/* The target is gone. */
void breaks_free(struct breaks *b);

#endif
