// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dump.c - umvmm dump [-f] [--live] NAME FILE: a vmcore of a running VM.
 *
 * Runs: writes the file itself, in a child, so that nothing of it (a slow disk, a full one, Ctrl-C)
 * touches the VM, but that the guest stands still meanwhile.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/inspect.h>
#include <umvmm/inspect/vmcore.h>
#include <umvmm/sandbox/sandbox.h>

#include "cmd.h"

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

/*
 * A child looks at the memory, with nothing but that and the file. Whoever ends us means it,
 * too: Ctrl-C reaches both, any other signal is passed on.
 */
static int write_core(struct outfile *out, const struct inspect *in, bool registers)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return fail("dump: fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(in->socket);
		if (sandbox_reader(dump_seconds(in->mem.size)) < 0)
			_exit(1);
		_exit(vmcore_write(out, &in->mem, registers ? &in->snapshot : NULL) < 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (vmcore_signal)
			kill(pid, SIGKILL);
	return status || vmcore_signal ? -1 : 0;
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
	err = write_core(&out, &in, !o.live);
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
