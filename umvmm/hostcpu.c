// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hostcpu.c - has this host what the monitor's code cannot do without?
 *
 * Runs: in the manager and in umvmm doctor; changes nothing.
 */
#include "hostcpu.h"

#include <stddef.h>
#include <sys/auxv.h>

#define HWCAP2_FSGSBASE_BIT 2ul

const char *hostcpu_missing(void)
{
	if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT))
		return "the host does not enable FSGSBASE";
	return NULL;
}
