// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stats.c - umvmm stats NAME [--json]: the counters of the machine and of each vCPU.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <vm.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/client.h>

#include "cmd.h"

struct counter {
	const char *name, *text;
};

static const struct counter counters[] = {
#define X(field, text) {#field, text},
	VCPU_COUNTERS(X)
#undef X
};

/* Of the manager: session/answers.c. */
static const struct counter machine_counters[] = {
	{"mem_resident", "bytes of guest memory that the host holds"},
	{"chunks_collapsed", "of these, 2 MiB pieces that are one host page"},
	{"pages_added", "pages that are held only because of that"},
	{"contexts", "contexts that a vCPU may have, by the host's limits"},
};

static void show(const char *json, const struct counter *counter, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;

		client_number(json, counter[i].name, &value);
		printf("%14" PRIu64 "  %-16s %s\n", value, counter[i].name, counter[i].text);
	}
}

static void show_isolation(const char *json)
{
	char mode[16] = "";
	uint64_t told = 0;

	client_string(json, "isolation", mode, sizeof(mode));
	client_number(json, "trust_told", &told);
	printf("%14s  %-16s %s\n", mode, "isolation",
	       strcmp(mode, "users") ? "what keeps guest users from the guest kernel" :
	       told		     ? "a wall, but for processes that may load modules" :
				       "a wall for all: the guest kernel does not say whom it trusts");
}

int cmd_stats(int argc, char **argv)
{
	static char answer[65536];
	unsigned int index = 0;
	const char *name;
	int json, err;

	if (client_options(argc, argv, &json, &name) < 0)
		return EXIT_USAGE;
	err = client_ask(name, "stats", answer, sizeof(answer));
	if (err < 0) {
		fail("stats %s: %s", name, client_error_text(err));
		return EXIT_SELF;
	}
	if (json) {
		fputs(answer, stdout);
		return EXIT_OK;
	}
	printf("machine\n");
	show_isolation(answer);
	show(answer, machine_counters, sizeof(machine_counters) / sizeof(machine_counters[0]));
	for (char *vcpu = strtok(strchr(answer, '['), "{"); vcpu; vcpu = strtok(NULL, "{")) {
		if (*vcpu != '"')
			continue;
		printf("vCPU %u\n", index++);
		show(vcpu, counters, sizeof(counters) / sizeof(counters[0]));
	}
	return EXIT_OK;
}
