// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list.c - umvmm list [--json].
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/control/client.h>

#include "cmd.h"

struct list {
	int json;
	unsigned int count;
};

static void show(const char *name, void *ctx)
{
	struct list *list = ctx;
	uint64_t pid = 0, cpus = 0, mem = 0;
	char answer[512];

	if (client_ask(name, "info", answer, sizeof(answer)) < 0)
		return;
	answer[strcspn(answer, "\n")] = '\0';
	client_number(answer, "pid", &pid);
	client_number(answer, "cpus", &cpus);
	client_number(answer, "mem", &mem);
	if (list->json) {
		printf("%s%s", list->count ? ",\n " : "", answer);
	} else {
		if (!list->count)
			printf("%-20s %10s %5s %10s\n", "NAME", "PID", "CPUS", "MEMORY");
		printf("%-20s %10" PRIu64 " %5" PRIu64 " %8" PRIu64 " M\n", name, pid, cpus,
		       mem >> 20);
	}
	list->count++;
}

int cmd_list(int argc, char **argv)
{
	struct list list = { 0 };

	if (client_options(argc, argv, &list.json, NULL) < 0)
		return EXIT_USAGE;
	if (list.json)
		printf("[");
	if (client_each(show, &list) < 0)
		return EXIT_SELF;
	if (list.json)
		printf("]\n");
	return EXIT_OK;
}
