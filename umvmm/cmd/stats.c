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

#include "args.h"
#include "json.h"

struct counter {
	const char *name, *text;
};

static const struct counter vcpu_counters[] = {
#define X(field, text) { #field, text },
	VCPU_COUNTERS(X)
#undef X
};

/* Of the manager: session/answers.c. */
static const struct counter machine_counters[] = {
	{ "mem_resident", "bytes of guest memory that the host holds" },
	{ "chunks_collapsed", "of these, 2 MiB pieces that are one host page" },
	{ "pages_added", "pages that are held only because of that" },
	{ "contexts", "contexts that a vCPU may have, by the host's limits" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct stats {
	char isolation[16];
	uint64_t trust_told;
	uint64_t machine[COUNT(machine_counters)];
	unsigned int ncpus;
	uint64_t vcpu[VM_MAX_VCPUS][COUNT(vcpu_counters)];
};

static bool numbers(uint64_t *value, const struct counter *counter, size_t count, const char *lines)
{
	for (size_t i = 0; i < count; i++)
		if (!client_number(lines, counter[i].name, &value[i]))
			return false;
	return true;
}

/* Cuts LINES before the next line "vcpu N": that line, or null. */
static char *next_vcpu(char *lines)
{
	char *next = strstr(lines, "\nvcpu ");

	if (!next)
		return NULL;
	next[1] = '\0'; /* numbers end with a newline */
	return next + 2;
}

static bool parse(struct stats *stats, char *answer)
{
	char *lines;

	if (!client_has(answer, "end"))
		return false;
	lines = next_vcpu(answer);
	if (!client_string(answer, "isolation", stats->isolation, sizeof(stats->isolation)) ||
	    !client_number(answer, "trust_told", &stats->trust_told) ||
	    !numbers(stats->machine, machine_counters, COUNT(machine_counters), answer))
		return false;
	for (stats->ncpus = 0; lines; stats->ncpus++) {
		char *next = next_vcpu(lines);

		if (stats->ncpus == VM_MAX_VCPUS ||
		    !numbers(stats->vcpu[stats->ncpus], vcpu_counters, COUNT(vcpu_counters), lines))
			return false;
		lines = next;
	}
	return stats->ncpus;
}

static void show(const uint64_t *value, const struct counter *counter, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%14" PRIu64 "  %-16s %s\n", value[i], counter[i].name, counter[i].text);
}

static void show_all(const struct stats *s)
{
	printf("machine\n");
	printf("%14s  %-16s %s\n", s->isolation, "isolation",
	       strcmp(s->isolation, "users") ? "what keeps guest users from the guest kernel" :
	       s->trust_told		     ? "a wall, but for processes that may load modules" :
					       "a wall for all: the guest kernel does not say whom it trusts");
	show(s->machine, machine_counters, COUNT(machine_counters));
	for (unsigned int i = 0; i < s->ncpus; i++) {
		printf("vCPU %u\n", i);
		show(s->vcpu[i], vcpu_counters, COUNT(vcpu_counters));
	}
}

static void show_json(const uint64_t *value, const struct counter *counter, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("%s\"%s\":%" PRIu64, i ? "," : "", counter[i].name, value[i]);
}

static void show_all_json(const struct stats *s, const char *name)
{
	printf("{");
	json_string(stdout, "name", name);
	printf(",");
	json_string(stdout, "isolation", s->isolation);
	printf(",\"trust_told\":%" PRIu64 ",", s->trust_told);
	show_json(s->machine, machine_counters, COUNT(machine_counters));
	printf(",\"vcpus\":[");
	for (unsigned int i = 0; i < s->ncpus; i++) {
		printf(i ? ",{" : "{");
		show_json(s->vcpu[i], vcpu_counters, COUNT(vcpu_counters));
		printf("}");
	}
	printf("]}\n");
}

static int stats(struct args *args)
{
	static char answer[65536];
	static struct stats s;
	const char *name;
	bool json;
	int err;

	if (args_simple(args, &json, &name) < 0)
		return args->status;
	err = client_ask(name, "stats", answer, sizeof(answer));
	if (err < 0) {
		fail("stats %s: %s", name, client_error_text(err));
		return EXIT_SELF;
	}
	if (!parse(&s, answer)) {
		fail("stats %s: %s", name, CLIENT_OTHER_VERSION);
		return EXIT_SELF;
	}
	if (json)
		show_all_json(&s, name);
	else
		show_all(&s);
	return EXIT_OK;
}

static const struct cmd_option options[] = { JSON_OPTION, { 0, NULL, NULL, NULL } };

const struct cmd cmd_stats = { "stats", " [--json] NAME", options, "a VM's counters", stats, NULL };
