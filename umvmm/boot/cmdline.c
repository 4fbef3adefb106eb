// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmdline.c - the guest kernel's command line.
 *
 * Runs: in the manager; pure.
 *
 * reboot=acpi: the reset register is the one way to reset this machine.
 * panic=-1: a panic resets at once; console.c saw its message before, so that
 * umvmm ends with EXIT_GUEST instead of booting again. What -p says comes
 * last and so wins.
 */
#include "cmdline.h"

#include <stdio.h>

#include <umvmm/base/fail.h>

int cmdline_build(char text[static CMDLINE_MAX + 1], const struct config *cfg, unsigned int rows,
		  unsigned int cols)
{
	char size[64] = "";
	int n;

	if (rows && cols)
		snprintf(size, sizeof(size), " umvmm.rows=%u umvmm.cols=%u", rows, cols);
	n = snprintf(text, CMDLINE_MAX + 1, "console=ttyS0 reboot=acpi panic=-1 tsc=reliable "
		     "no_timer_check 8250.nr_uarts=%d%s%s%s%s", UART_COUNT,
		     cfg->exec ? " quiet" : "", size, cfg->append ? " " : "",
		     cfg->append ? cfg->append : "");
	if (n < 0 || n > CMDLINE_MAX)
		return fail("-p: the kernel's command line would have %d characters, at most %d fit",
			    n, CMDLINE_MAX);
	return 0;
}
