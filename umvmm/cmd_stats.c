// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_stats.c - umvmm stats NAME [--json]: the counters of each vCPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vm.h>

#include "client.h"
#include "cmd.h"
#include "exit.h"
#include "fail.h"

static const struct {
	const char *name, *text;
} counters[] = {
#define X(field, text) { #field, text },
	VCPU_COUNTERS(X)
#undef X
};

static void show(const char *vcpu)
{
	for (unsigned int i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		uint64_t value = 0;

		client_number(vcpu, counters[i].name, &value);
		printf("%14" PRIu64 "  %-16s %s\n", value, counters[i].name, counters[i].text);
	}
}

int cmd_stats(int argc, char **argv)
{
	static char answer[65536];
	unsigned int index = 0;
	const char *name;
	int json;

	if (client_options(argc, argv, &json, &name) < 0)
		return EXIT_USAGE;
	if (client_ask(name, "stats", answer, sizeof(answer)) < 0) {
		fail("stats %s: no such VM runs; umvmm list names them", name);
		return EXIT_SELF;
	}
	if (json) {
		fputs(answer, stdout);
		return EXIT_OK;
	}
	for (char *vcpu = strtok(strchr(answer, '['), "{"); vcpu; vcpu = strtok(NULL, "{")) {
		if (*vcpu != '"')
			continue;
		printf("vCPU %u\n", index++);
		show(vcpu);
	}
	return EXIT_OK;
}
