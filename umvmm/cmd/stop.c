// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stop.c - umvmm stop NAME [--json].
 */
#include <stdio.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/client.h>

#include "cmd.h"

int cmd_stop(int argc, char **argv)
{
	const char *name;
	char answer[512];
	int json, err;

	if (client_options(argc, argv, &json, &name) < 0)
		return EXIT_USAGE;
	err = client_ask(name, "stop", answer, sizeof(answer));
	if (err < 0) {
		fail("stop %s: %s", name, client_error_text(err));
		return EXIT_SELF;
	}
	if (json)
		fputs(answer, stdout);
	return EXIT_OK;
}
