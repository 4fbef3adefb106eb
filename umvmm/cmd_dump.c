// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_dump.c - umvmm dump [-f] [--live] NAME FILE: a vmcore of a running VM.
 *
 * Runs: writes the file itself, so that nothing of it (a slow disk, a full one, Ctrl-C)
 * touches the VM, but that the guest stands still meanwhile.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "cmd.h"
#include "dump/inspect.h"
#include "dump/vmcore.h"
#include "exit.h"
#include "fail.h"

static const char usage[] = "usage: umvmm dump [-f] [--live] NAME FILE";

struct options {
	bool force, live;
	const char *name, *file;
};

static int parse(struct options *o, int argc, char **argv)
{
	static const struct option known[] = {
		{ "force", no_argument, NULL, 'f' },
		{ "live", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*o = (struct options){ 0 };
	opterr = 0;
	optind = 0;
	while ((option = getopt_long(argc, argv, ":f", known, NULL)) != -1) {
		if (option == 'f')
			o->force = true;
		else if (option == 'l')
			o->live = true;
		else
			return fail("dump %s: unknown option; %s", argv[optind - 1], usage);
	}
	if (argc - optind != 2)
		return fail("dump: which VM, and into which file? %s", usage);
	o->name = argv[optind];
	o->file = argv[optind + 1];
	return 0;
}

int cmd_dump(int argc, char **argv)
{
	struct outfile out;
	struct options o;
	struct inspect in;
	int err;

	if (parse(&o, argc, argv) < 0)
		return EXIT_USAGE;
	vmcore_catch_signals();
	if (outfile_open(&out, o.file, o.force) < 0)
		return EXIT_SELF;
	if (inspect_open(&in, o.name, !o.live, "; --live does not need to") < 0) {
		outfile_abandon(&out);
		return EXIT_SELF;
	}
	err = vmcore_write(&out, &in.mem, o.live ? NULL : &in.snapshot);
	if (!inspect_close(&in))
		err = -1;
	if (err < 0)
		outfile_abandon(&out);
	else
		err = outfile_commit(&out);
	if (vmcore_signal)
		return EXIT_SIGNAL + vmcore_signal;
	return err < 0 ? EXIT_SELF : EXIT_OK;
}
