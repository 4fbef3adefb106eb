// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmesg.c - umvmm dmesg NAME: the guest kernel's log, without the guest's help.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/inspect.h>
#include <umvmm/inspect/printk.h>
#include <umvmm/sandbox/sandbox.h>

#include "args.h"
#include "json.h"
#include "output.h"

static void show(void *ctx, const struct printk_record *record)
{
	(void)ctx;
	printk_print(stdout, record);
}

static void show_json(void *ctx, const struct printk_record *record)
{
	unsigned int *count = ctx;

	printf("%s{\"seq\":%" PRIu64 ",\"time_ns\":%" PRIu64 ",", (*count)++ ? ",\n " : "", record->seq,
	       record->ts_nsec);
	json_bytes(stdout, "text", record->text, record->len);
	printf("}");
}

static int dmesg(struct args *args)
{
	struct vmcoreinfo info;
	struct inspect in;
	unsigned int count = 0;
	const char *name;
	bool json;
	int err;

	if (args_simple(args, &json, &name) < 0)
		return args->status;
	if (inspect_open(&in, name, false, "") < 0 || sandbox_reader(READER_SECONDS) < 0)
		return EXIT_SELF;
	if (vmcoreinfo_find(&info, &in.mem) < 0) {
		fail("%s: its kernel has not said where its log is: it has just started, or was "
		     "built without CONFIG_CRASH_CORE (set CONFIG_PROC_KCORE)", name);
		err = -1;
	} else {
		if (json)
			printf("[");
		err = printk_each(&in.mem, &info, json ? show_json : show, &count);
		if (json)
			printf("]\n");
		if (err == -ENOENT)
			fail("%s: its kernel is older than Linux 5.10, the log of which is "
			     "not known here", name);
		else if (err < 0)
			fail("%s: the log is damaged: %s", name, strerror(-err));
	}
	if (!inspect_close(&in) || err < 0)
		return EXIT_SELF;
	return output_end();
}

static const struct cmd_option options[] = { JSON_OPTION, { 0, NULL, NULL, NULL } };

const struct cmd cmd_dmesg = {
	"dmesg", " [--json] NAME", options, "a guest kernel's log, from its memory", dmesg, NULL
};
