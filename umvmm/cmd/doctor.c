// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor.c - umvmm doctor [--json]: what the host offers, what it lacks.
 *
 * Exit status 0: a VM can run here; 1: something needed is missing.
 */
#include <stdio.h>

#include "args.h"
#include "doctor_checks.h"
#include "json.h"

static void show(const struct doctor_check *check, const struct finding *found)
{
	static const char *const marks[] = { "ok", "note", "FAIL" };

	printf("%-5s %-18s %s\n", marks[found->level], check->name, found->text);
	if (found->level != FOUND_OK && found->remedy)
		printf("      %-18s -> %s\n", "", found->remedy);
}

static void show_json(const struct doctor_check *check, const struct finding *found, bool first)
{
	static const char *const levels[] = { "ok", "note", "fail" };

	printf("%s{", first ? "[" : ",\n ");
	json_string(stdout, "check", check->name);
	printf(",\"level\":\"%s\",", levels[found->level]);
	json_string(stdout, "text", found->text);
	printf(",");
	json_string(stdout, "remedy", found->level != FOUND_OK && found->remedy ? found->remedy : "");
	printf("}");
}

static int doctor(struct args *args)
{
	int failed = 0;
	bool json;

	if (args_simple(args, &json, NULL) < 0)
		return args->status;
	for (unsigned int i = 0; doctor_checks[i].name; i++) {
		struct finding found = { .level = FOUND_OK };

		doctor_checks[i].check(&found);
		if (json)
			show_json(&doctor_checks[i], &found, i == 0);
		else
			show(&doctor_checks[i], &found);
		failed |= found.level == FOUND_MISSING;
	}
	if (json)
		printf("]\n");
	return failed;
}

static const struct cmd_option options[] = { JSON_OPTION, { 0, NULL, NULL, NULL } };

const struct cmd cmd_doctor = {
	"doctor", " [--json]", options, "check what the host offers", doctor, NULL
};
