/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rngseed.h - random bytes for the guest kernel's start.
 */
#ifndef UMVMM_BOOT_RNGSEED_H
#define UMVMM_BOOT_RNGSEED_H

#include <stdbool.h>

#include <physmem/physmem.h>

/* Adds a fresh seed to the boot parameters, unless CMDLINE says that it is not wanted. */
void rngseed_setup(struct physmem *mem, const char *cmdline);

/* Does this command line say random.trust_bootloader=off? */
bool rngseed_refused(const char *cmdline);

#endif
