// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_run.c - umvmm run.
 */
#include <stdio.h>
#include <sys/sysinfo.h>

#include "cmd.h"
#include "exit.h"
#include "fail.h"
#include "hostcpu.h"
#include "hostkeys.h"
#include "options.h"
#include "session.h"
#include "unsupported.h"

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

static int check_host_keys(const struct config *cfg)
{
	const char *missing = cfg->isolation == ISOLATION_PKU ? hostkeys_missing() : NULL;

	return missing ? fail("--isolation pku: %s", missing) : 0;
}

int cmd_run(int argc, char **argv)
{
	static struct session session; /* large */
	struct config cfg;

	if (options_parse(&cfg, argc, argv) < 0)
		return EXIT_USAGE;
	if (cfg.help) {
		fputs(options_help, stdout);
		return EXIT_OK;
	}
	if (unsupported_check(&cfg) < 0 || check_host_memory(&cfg) < 0 ||
	    check_host_keys(&cfg) < 0)
		return EXIT_USAGE;
	if (hostcpu_missing()) {
		fail("%s: " HOSTCPU_REMEDY, hostcpu_missing());
		return EXIT_SELF;
	}
	return session_run(&session, &cfg);
}
