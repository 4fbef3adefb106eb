// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bt.c - umvmm bt NAME: what the guest's kernel is at, without the guest's help.
 *
 * A CPU's registers are to be had only while it stands still: for some milliseconds, in
 * which its stack is read. A task that does not run needs no stop.
 *
 * Must hold: names are the guest's; kallsyms.c and tasks.c have made them printable.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/inspect.h>
#include <umvmm/inspect/backtrace.h>
#include <umvmm/inspect/running.h>
#include <umvmm/sandbox/sandbox.h>

#include "args.h"
#include "output.h"

struct request {
	const char *name;
	enum {
		ALL_CPUS,
		ONE_CPU,
		ONE_TASK,
		ALL_TASKS
	} what;
	unsigned int number; /* of the CPU or task */
};

static bool parse_number(const char *text, unsigned int *number)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	*number = (unsigned int)n;
	return *text >= '0' && *text <= '9' && !*end && !errno && n <= 0x7fffffff;
}

/* Of CPU, -p and -a only one. */
static int choose(struct request *r, struct args *args, int found)
{
	if (r->what != ALL_CPUS)
		return args_wrong(args, "one of CPU, -p PID and -a only, once");
	r->what = found == 'a' ? ALL_TASKS : found == 'p' ? ONE_TASK : ONE_CPU;
	if (found != 'a' && !parse_number(args->value, &r->number))
		return args_wrong(args, "%s: unexpected", args->value);
	return 0;
}

static int parse(struct request *r, struct args *args)
{
	int found;

	*r = (struct request){ .what = ALL_CPUS };
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (found == ARG_WORD && !r->name)
			r->name = args->value;
		else if (choose(r, args, found) < 0)
			return -1;
	}
	if (!r->name || args_rest(args) < args->argc)
		return args_wrong(args, "of which VM?");
	return 0;
}

static const struct task *find_task(const struct tasks *all, uint64_t va)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->task[i].va == va)
			return &all->task[i];
	return NULL; /* an idle task */
}

/* While the guest stands still. */
static int cpus(FILE *out, const struct linux_guest *l, const struct inspect *in,
		const struct request *r, const struct tasks *all, const struct running *at)
{
	const struct snapshot *s = &in->snapshot;

	if (r->what == ONE_CPU && r->number >= s->ncpus)
		return fail("%s: it has no CPU %u", r->name, r->number);
	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (r->what == ONE_CPU && i != r->number)
			continue;
		if (s->running >> i & 1)
			fprintf(out, "CPU %u: it does not stop: no registers\n", i);
		else
			backtrace_cpu(out, l, i, &s->regs[i], find_task(all, at[i].va), false);
	}
	return 0;
}

static int tasks(FILE *out, const struct linux_guest *l, const struct inspect *in,
		 const struct request *r, const struct tasks *all, const struct running *at)
{
	unsigned int found = 0, cpu;

	for (size_t i = 0; i < all->count; i++) {
		const struct task *t = &all->task[i];

		if (r->what == ONE_TASK && t->pid != (int32_t)r->number)
			continue;
		found++;
		for (cpu = 0; cpu < in->snapshot.ncpus && at[cpu].va != t->va; cpu++)
			;
		if (cpu < in->snapshot.ncpus)
			backtrace_cpu(out, l, cpu, &in->snapshot.regs[cpu], t, false);
		else
			backtrace_task(out, l, t);
	}
	if (!found)
		return fail("%s: it has no task %u; umvmm ps -T lists them", r->name, r->number);
	return 0;
}

static int look_into(FILE *out, const struct linux_guest *l, const struct inspect *in,
		     const struct request *r)
{
	const bool of_cpus = r->what == ALL_CPUS || r->what == ONE_CPU;
	struct running at[VM_MAX_VCPUS];
	struct tasks all;
	int err = tasks_load(&all, l, true);

	running_tasks(at, l, &in->snapshot, &all);
	/* a CPU has registers and a stack whatever has become of the list of tasks */
	if (of_cpus)
		err = cpus(out, l, in, r, &all, at);
	else if (err)
		err = fail("%s: its tasks cannot be read: %s", r->name,
			   err == -ENOMEM ? strerror(ENOMEM) : "the list is damaged");
	else
		err = tasks(out, l, in, r, &all, at);
	tasks_free(&all);
	return err;
}

/* What is found is told when the guest runs on: nobody has to wait for our terminal. */
static int look(const struct request *r, char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);
	struct linux_guest l;
	struct inspect in;
	int err;

	if (!out)
		return fail("bt: %s", strerror(errno));
	if (inspect_open(&in, r->name, true, "") < 0 || sandbox_reader(READER_SECONDS) < 0) {
		fclose(out);
		return -1;
	}
	err = linux_open(&l, &in.mem, r->name, true, false);
	if (!err) {
		err = look_into(out, &l, &in, r);
		linux_close(&l);
	}
	if (!inspect_close(&in))
		err = -1;
	if (fclose(out) != 0 && !err)
		err = fail("bt: %s", strerror(errno));
	return err;
}

static int bt(struct args *args)
{
	struct request r;
	char *text = NULL;
	size_t size = 0;
	int err;

	if (parse(&r, args) < 0)
		return args->status;
	err = look(&r, &text, &size);
	if (!err)
		fwrite(text, 1, size, stdout);
	free(text);
	if (err)
		return EXIT_SELF;
	return output_end();
}

static const struct cmd_option options[] = {
	{ 'p', NULL, "PID", "the task of this number" },
	{ 'a', NULL, NULL, "all tasks" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_bt = {
	"bt", " NAME [CPU | -p PID | -a]", options,
	"what a guest's kernel is at: stacks of CPUs or tasks", bt, NULL
};
