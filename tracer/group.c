// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * group.c - the end of the VM's process group.
 *
 * Runs: in the tracer.
 */
#include "group.h"

#include <signal.h>
#include <unistd.h>

#include <umvmm/terminal.h>

/* Nothing is left to clean up after us. */
void group_kill(void)
{
	terminal_restore();
	kill(0, SIGKILL);
	_exit(1);
}
