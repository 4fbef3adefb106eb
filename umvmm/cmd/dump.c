// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dump.c - umvmm dump [-f] [--live] NAME FILE: a vmcore of a running VM.
 *
 * Runs: writes the file itself, in a child, so that nothing of it (a slow disk, a full one, Ctrl-C)
 * touches the VM, but that the guest stands still meanwhile.
 */
#include <errno.h>
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

#include "args.h"

struct request {
	bool force, live;
	const char *name, *file;
};

enum {
	OPT_LIVE = OPT_OWN
};

static int take(struct request *r, struct args *args, const char *word)
{
	if (!r->name)
		r->name = word;
	else if (!r->file)
		r->file = word;
	else
		return args_wrong(args, "%s: unexpected", word);
	return 0;
}

static int parse(struct request *r, struct args *args)
{
	int found;

	*r = (struct request){ 0 };
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (found == 'f')
			r->force = true;
		else if (found == OPT_LIVE)
			r->live = true;
		else if (take(r, args, args->value) < 0)
			return -1;
	}
	for (int i = args_rest(args); i < args->argc; i++) /* behind "--" */
		if (take(r, args, args->argv[i]) < 0)
			return -1;
	if (!r->file)
		return args_wrong(args, "which VM, and into which file?");
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

static int dump(struct args *args)
{
	struct outfile out;
	struct request r;
	struct inspect in;
	int err;

	if (parse(&r, args) < 0)
		return args->status;
	vmcore_catch_signals();
	if (outfile_open(&out, r.file, r.force) < 0)
		return EXIT_SELF;
	if (inspect_open(&in, r.name, !r.live, "; --live does not need to") < 0) {
		outfile_abandon(&out);
		return EXIT_SELF;
	}
	err = write_core(&out, &in, !r.live);
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

static const struct cmd_option options[] = {
	{ 'f', "force", NULL, "replace FILE" },
	{ OPT_LIVE, "live", NULL, "the guest runs on meanwhile; without registers" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_dump = {
	"dump", " [-f] [--live] NAME FILE", options, "write a vmcore for drgn", dump, NULL
};
