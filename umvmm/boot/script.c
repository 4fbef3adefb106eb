// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * script.c - hands the command of -e or -- to the guest's init.
 *
 * Runs: in the manager.
 *
 * The guest's init runs /.umvmm/exec with standard input and output on ttyS1
 * and standard error on ttyS2, and writes its exit status as a decimal line to
 * ttyS3. The script first says "ready" there: before, nobody has the ports
 * open in raw mode, and input sent would be lost (exec.c).
 */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/fail.h>

#include "cpio.h"
#include "quote.h"

static const char head[] = "#!/bin/sh\necho ready >/dev/ttyS3\n";

int script_archive(struct blob *blob, const struct config *cfg)
{
	char *quoted = cfg->exec_argv ? quote_argv(cfg->exec_argv) : NULL;
	const char *line = cfg->exec_argv ? quoted : cfg->exec_cmd;
	char *text = NULL;
	int len = -1;

	if (line)
		len = asprintf(&text, "%s%s%s\n", head, cfg->exec_argv ? "exec " : "", line);
	free(quoted);
	if (len < 0)
		return fail("no memory for the guest's command");
	memset(blob, 0, sizeof(*blob));
	if (cpio_dir(blob, ".umvmm", 0755) < 0 ||
	    cpio_file(blob, ".umvmm/exec", 0755, text, (size_t)len) < 0 || cpio_end(blob) < 0) {
		free(text);
		blob_free(blob);
		return fail("no memory for the guest's command");
	}
	free(text);
	return 0;
}
