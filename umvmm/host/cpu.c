// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu.c - what the host's CPU and kernel offer for FS and GS.
 *
 * Runs: in the manager and in umvmm doctor; changes nothing.
 */
#include "cpu.h"

#include <sys/auxv.h>

#define HWCAP2_FSGSBASE_BIT 2ul

bool hostcpu_has_fsgsbase(void)
{
	return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT) != 0;
}
