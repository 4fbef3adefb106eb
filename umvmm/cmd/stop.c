// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stop.c - umvmm stop NAME [--json].
 */
#include <stdio.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/client.h>

#include "args.h"
#include "json.h"

static int stop(struct args *args)
{
	const char *name;
	char answer[512];
	bool json;
	int err;

	if (args_simple(args, &json, &name) < 0)
		return args->status;
	err = client_ask(name, "stop", answer, sizeof(answer));
	if (err < 0) {
		fail("stop %s: %s", name, client_error_text(err));
		return EXIT_SELF;
	}
	if (!client_has(answer, "stopped")) {
		fail("stop %s: %s", name, CLIENT_OTHER_VERSION);
		return EXIT_SELF;
	}
	if (json) {
		printf("{");
		json_string(stdout, "stopped", name);
		printf("}\n");
	}
	return EXIT_OK;
}

static const struct cmd_option options[] = { JSON_OPTION, { 0, NULL, NULL, NULL } };

const struct cmd cmd_stop = { "stop", " [--json] NAME", options, "end a VM", stop, NULL };
