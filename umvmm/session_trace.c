// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * session_trace.c - what the guest was at when it failed: registers, stack, the last of its log.
 *
 * Runs: in the manager's main thread, when nothing of the guest runs any more.
 * Must hold: all of it is the guest's: printable, and no more than some lines.
 */
#include <stdio.h>

#include "dump/backtrace.h"
#include "dump/printk.h"
#include "session.h"

#define LOG_LINES 12u

struct last_lines {
	FILE *out;
	uint64_t skip, seen;
};

static void count(void *ctx, const struct printk_record *record)
{
	struct last_lines *last = ctx;

	(void)record;
	last->seen++;
}

static void show(void *ctx, const struct printk_record *record)
{
	struct last_lines *last = ctx;

	if (last->seen++ >= last->skip)
		printk_print(last->out, record);
}

/* The console has the log already where there was a panic. */
static void print_log(FILE *out, const struct linux_guest *l)
{
	struct last_lines last = { .out = out };

	if (printk_each(&l->mem, &l->info, count, &last) < 0 || !last.seen)
		return;
	fprintf(out, "the end of its log:\n");
	last.skip = last.seen > LOG_LINES ? last.seen - LOG_LINES : 0;
	last.seen = 0;
	(void)!printk_each(&l->mem, &l->info, show, &last);
}

void session_trace(const struct session *s)
{
	const struct guestmem mem = { .fd = s->machine.mem.fd,
				      .size = s->machine.mem.size,
				      .image = s->machine.image };
	const struct snapshot *registers = &s->registers;
	unsigned int cpu = s->machine.vm->exit_vcpu;
	struct linux_guest l;

	if (!session_guest_failed(s) || s->held)
		return;
	/* a guest that is no Linux, or has just started, has no more than registers */
	if (linux_open(&l, &mem, s->registry.name, true, true) < 0)
		return;
	if (cpu < registers->ncpus && !(registers->running >> cpu & 1))
		backtrace_cpu(stderr, &l, cpu, &registers->regs[cpu], NULL, true);
	if (!s->console.panicked)
		print_log(stderr, &l);
	linux_close(&l);
}
