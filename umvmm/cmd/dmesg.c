// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dmesg.c - umvmm dmesg NAME: the guest kernel's log, without the guest's help.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/inspect.h>
#include <umvmm/inspect/printk.h>
#include <umvmm/sandbox/sandbox.h>

#include "cmd.h"

static void show(void *ctx, const struct printk_record *record)
{
	printk_print(ctx, record);
}

int cmd_dmesg(int argc, char **argv)
{
	struct vmcoreinfo info;
	struct inspect in;
	const char *name = argv[1];
	int err;

	if (argc != 2 || name[0] == '-') {
		fail("dmesg: of which VM? usage: umvmm dmesg NAME");
		return EXIT_USAGE;
	}
	if (inspect_open(&in, name, false, "") < 0 || sandbox_reader(READER_SECONDS) < 0)
		return EXIT_SELF;
	if (vmcoreinfo_find(&info, &in.mem) < 0) {
		fail("%s: its kernel has not said where its log is: it has just started, or was "
		     "built without CONFIG_CRASH_CORE (set CONFIG_PROC_KCORE)", name);
		err = -1;
	} else {
		err = printk_each(&in.mem, &info, show, stdout);
		if (err == -ENOENT)
			fail("%s: its kernel is older than Linux 5.10, the log of which is "
			     "not known here", name);
		else if (err < 0)
			fail("%s: the log is damaged: %s", name, strerror(-err));
	}
	if (!inspect_close(&in) || err < 0)
		return EXIT_SELF;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_OK;
	fail("standard output: %s", strerror(errno));
	return EXIT_SELF;
}
