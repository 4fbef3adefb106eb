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

#include "args.h"
#include "json.h"
#include "output.h"

struct request {
	const char *name;
	bool threads, json;
};

static const char *const walls[] = {
	[WALL_UNKNOWN] = "-", [WALL_NONE] = "no", [WALL_THERE] = "yes"
};

static void show_json(const struct task *t, bool first)
{
	printf("%s{\"pid\":%d,\"tgid\":%d,\"ppid\":%d,\"uid\":%" PRIu32 ",\"cpu\":%" PRIu32
	       ",\"state\":\"%c\",\"runs\":%s,\"rss\":%" PRIu64 ",\"time_ns\":%" PRIu64
	       ",\"wall\":\"%s\",\"kernel\":%s,",
	       first ? "" : ",\n ", t->pid, t->tgid, t->ppid, t->euid, t->cpu, t->state,
	       t->on_cpu ? "true" : "false", t->rss, t->cpu_ns, walls[t->wall],
	       t->kernel ? "true" : "false");
	json_string(stdout, "name", t->comm);
	printf("}");
}

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

static void show_all(const struct tasks *tasks, const struct request *r)
{
	if (r->json)
		printf("[");
	else
		printf("  PID %s PPID   UID CPU S   RSS KiB    TIME WALL COMMAND\n",
		       r->threads ? " TGID " : "");
	for (size_t i = 0; i < tasks->count; i++)
		if (r->json)
			show_json(&tasks->task[i], i == 0);
		else
			show(&tasks->task[i], r->threads);
	if (r->json)
		printf("]\n");
}

static int look(const struct linux_guest *l, const struct request *r)
{
	struct tasks tasks;
	int err = tasks_load(&tasks, l, r->threads);

	if (err == -ENOENT)
		fail("%s: its kernel does not say where its tasks are: it was built with older "
		     "patches; make guest again",
		     r->name);
	else if (err == -EAGAIN)
		fail("%s: the list of its tasks changes all the time, or is damaged", r->name);
	else if (err)
		fail("%s: %s", r->name, strerror(-err));
	else
		show_all(&tasks, r);
	tasks_free(&tasks);
	return err;
}

static int parse(struct request *r, struct args *args)
{
	int found;

	*r = (struct request){ 0 };
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (found == 'T')
			r->threads = true;
		else if (found == OPT_JSON)
			r->json = true;
		else if (!r->name)
			r->name = args->value;
		else
			return args_wrong(args, "%s: unexpected", args->value);
	}
	if (!r->name || args_rest(args) < args->argc)
		return args_wrong(args, "of which VM?");
	return 0;
}

static int ps(struct args *args)
{
	struct linux_guest l;
	struct request r;
	struct inspect in;
	int err;

	if (parse(&r, args) < 0)
		return args->status;
	if (inspect_open(&in, r.name, false, "") < 0 || sandbox_reader(READER_SECONDS) < 0)
		return EXIT_SELF;
	err = linux_open(&l, &in.mem, r.name, false, false);
	if (!err) {
		err = look(&l, &r);
		linux_close(&l);
	}
	if (!inspect_close(&in) || err)
		return EXIT_SELF;
	return output_end();
}

static const struct cmd_option options[] = {
	{ 'T', NULL, NULL, "list each thread" },
	JSON_OPTION,
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_ps = {
	"ps", " [-T] [--json] NAME", options, "a guest's processes, from its memory", ps, NULL
};
