// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unsupported.c - what the command line knows and the monitor does not yet.
 *
 * Runs: in the manager, behind options.c. The one place to take a line out of
 * when the monitor gains a mode.
 */
#include "unsupported.h"

#include "fail.h"

int unsupported_check(const struct config *cfg)
{
	const struct {
		bool asked;
		const char *option;
	} missing[] = {
		{ cfg->isolation == ISOLATION_SPLIT, "--isolation split" },
	};

	for (unsigned int i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		if (missing[i].asked)
			return fail("%s: not implemented yet", missing[i].option);
	return 0;
}
