// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor.c - umvmm doctor [--json]: what the host offers, what it lacks.
 *
 * Exit status 0: a VM can run here; 1: something needed is missing.
 */
#include <stdio.h>

#include <umvmm/base/exit.h>
#include <umvmm/control/client.h>

#include "cmd.h"
#include "doctor_checks.h"

static void show(const struct doctor_check *check, const struct finding *found)
{
	static const char *const marks[] = { "ok", "note", "FAIL" };

	printf("%-5s %-18s %s\n", marks[found->level], check->name, found->text);
	if (found->level != FOUND_OK && found->remedy)
		printf("      %-18s -> %s\n", "", found->remedy);
}

static void show_json(const struct doctor_check *check, const struct finding *found, int first)
{
	static const char *const levels[] = { "ok", "note", "fail" };

	/* None of the texts has a character that JSON would escape. */
	printf("%s{\"check\":\"%s\",\"level\":\"%s\",\"text\":\"%s\",\"remedy\":\"%s\"}",
	       first ? "[" : ",\n ", check->name, levels[found->level], found->text,
	       found->level != FOUND_OK && found->remedy ? found->remedy : "");
}

int cmd_doctor(int argc, char **argv)
{
	int json, failed = 0;

	if (client_options(argc, argv, &json, NULL) < 0)
		return EXIT_USAGE;
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
