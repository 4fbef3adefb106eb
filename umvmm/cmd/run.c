// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run.c - umvmm run.
 */
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/host/cpu.h>
#include <umvmm/host/keys.h>
#include <umvmm/session/session.h>

#include "cmd.h"
#include "options.h"

/* Memory is given when it is touched; what the host never had cannot work. */
static int check_host_memory(const struct config *cfg)
{
	struct sysinfo info;
	uint64_t host;

	if (sysinfo(&info) < 0)
		return 0;
	host = (uint64_t)info.totalram * info.mem_unit;
	if (cfg->mem_size > host)
		return fail("-m: %llu MiB, but the host has %llu MiB only",
			    (unsigned long long)(cfg->mem_size / MIB),
			    (unsigned long long)(host / MIB));
	return 0;
}

/* What keeps guest users from the guest kernel: the best that this host has. */
static int choose_isolation(struct config *cfg)
{
	const char *missing;

	if (cfg->isolation != ISOLATION_PKU && cfg->isolation != ISOLATION_AUTO)
		return 0;
	missing = hostkeys_missing();
	if (!missing) {
		cfg->isolation = ISOLATION_PKU;
		return 0;
	}
	if (cfg->isolation == ISOLATION_PKU)
		return fail("--isolation pku: %s", missing);
	cfg->isolation = ISOLATION_USERS;
	if (cfg->verbose || (!cfg->exec && isatty(STDERR_FILENO)))
		note("%s: --isolation users: processes that may load modules can reach the "
		     "kernel's memory, all others are kept from it and are slower; see "
		     "--isolation in umvmm-run(1)", missing);
	return 0;
}

static int run(struct args *args)
{
	static struct session session; /* large */
	struct config cfg;

	if (options_parse(&cfg, args) < 0)
		return args->status;
	if (check_host_memory(&cfg) < 0 || choose_isolation(&cfg) < 0)
		return EXIT_USAGE;
	if (cfg.verbose && !hostcpu_has_fsgsbase())
		note("the host does not enable FSGSBASE: the bases of FS and GS are set by system "
		     "calls");
	return session_run(&session, &cfg);
}

const struct cmd cmd_run = {
	"run", " [OPTIONS] [-e COMMAND | -- COMMAND ARGS...]", options_run, "boot a guest kernel", run,
	"Keys on the console: Ctrl-a x quits, Ctrl-a b sends a break (sysrq), Ctrl-a a sends\n"
	"Ctrl-a, Ctrl-a ? helps.\n"
	"Exit status: the command's with -e; 0 power-off; 2 usage; 123 bug of umvmm;\n"
	"124 guest panic or fault; 125 umvmm failed; 128+n signal n.\n"
};
