// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list.c - umvmm list [--json].
 */
#include <inttypes.h>
#include <stdio.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/client.h>

#include "args.h"
#include "json.h"

struct list {
	bool json;
	unsigned int count;
};

static void show(const char *name, void *ctx)
{
	uint64_t pid, cpus, mem, exec;
	struct list *list = ctx;
	char answer[512];

	if (client_ask(name, "info", answer, sizeof(answer)) < 0)
		return; /* it has ended meanwhile */
	if (!client_number(answer, "pid", &pid) || !client_number(answer, "cpus", &cpus) ||
	    !client_number(answer, "mem", &mem) || !client_number(answer, "exec", &exec)) {
		note("list: %s: %s", name, CLIENT_OTHER_VERSION);
		return;
	}
	if (list->json) {
		printf("%s{", list->count ? ",\n " : "");
		json_string(stdout, "name", name);
		printf(",\"pid\":%" PRIu64 ",\"cpus\":%" PRIu64 ",\"mem\":%" PRIu64 ",\"exec\":%s}", pid,
		       cpus, mem, exec ? "true" : "false");
	} else {
		if (!list->count)
			printf("%-20s %10s %5s %10s\n", "NAME", "PID", "CPUS", "MEMORY");
		printf("%-20s %10" PRIu64 " %5" PRIu64 " %8" PRIu64 " M\n", name, pid, cpus,
		       mem >> 20);
	}
	list->count++;
}

static int list(struct args *args)
{
	struct list list = { 0 };

	if (args_simple(args, &list.json, NULL) < 0)
		return args->status;
	if (list.json)
		printf("[");
	if (client_each(show, &list) < 0)
		return EXIT_SELF;
	if (list.json)
		printf("]\n");
	return EXIT_OK;
}

static const struct cmd_option options[] = { JSON_OPTION, { 0, NULL, NULL, NULL } };

const struct cmd cmd_list = { "list", " [--json]", options, "the running VMs", list, NULL };
