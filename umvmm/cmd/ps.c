// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ps.c - umvmm ps NAME: the guest's processes, without the guest's help.
 *
 * Must hold: names are the guest's; tasks.c has made them printable.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/inspect.h>
#include <umvmm/inspect/tasks.h>
#include <umvmm/sandbox/sandbox.h>

#include "cmd.h"

#define USAGE "usage: umvmm ps [-T] NAME"

static const char *const walls[] = {
	[WALL_UNKNOWN] = "-", [WALL_NONE] = "no", [WALL_THERE] = "yes"
};

static void show(const struct task *t, bool threads)
{
	uint64_t seconds = t->cpu_ns / 1000000000;

	printf("%5d ", t->pid);
	if (threads)
		printf("%5d ", t->tgid);
	printf("%5d %5" PRIu32 " %3" PRIu32 " %c%c %8" PRIu64 " %3" PRIu64 ":%02" PRIu64
	       ".%02" PRIu64 " %4s %s%s%s\n",
	       t->ppid, t->euid, t->cpu, t->state, t->on_cpu ? '*' : ' ', t->rss / 1024,
	       seconds / 60, seconds % 60, t->cpu_ns / 10000000 % 100, walls[t->wall], t->kernel ? "[" : "",
	       t->comm, t->kernel ? "]" : "");
}

static int show_all(const struct linux_guest *l, const char *name, bool threads)
{
	struct tasks tasks;
	int err = tasks_load(&tasks, l, threads);

	if (err == -ENOENT)
		fail("%s: its kernel does not say where its tasks are: it was built with older "
		     "patches; make guest again",
		     name);
	else if (err == -EAGAIN)
		fail("%s: the list of its tasks changes all the time, or is damaged", name);
	else if (err)
		fail("%s: %s", name, strerror(-err));
	if (!err) {
		printf("  PID %s PPID   UID CPU S   RSS KiB    TIME WALL COMMAND\n",
		       threads ? " TGID " : "");
		for (size_t i = 0; i < tasks.count; i++)
			show(&tasks.task[i], threads);
	}
	tasks_free(&tasks);
	return err;
}

int cmd_ps(int argc, char **argv)
{
	struct linux_guest l;
	struct inspect in;
	bool threads = argc > 2 && !strcmp(argv[1], "-T");
	const char *name = argv[threads ? 2 : 1];
	int err;

	if (argc != (threads ? 3 : 2) || name[0] == '-') {
		fail("ps: of which VM? " USAGE);
		return EXIT_USAGE;
	}
	if (inspect_open(&in, name, false, "") < 0 || sandbox_reader(READER_SECONDS) < 0)
		return EXIT_SELF;
	err = linux_open(&l, &in.mem, name, false, false);
	if (!err) {
		err = show_all(&l, name, threads);
		linux_close(&l);
	}
	if (!inspect_close(&in) || err)
		return EXIT_SELF;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	fail("standard output: %s", strerror(errno));
	return EXIT_SELF;
}
