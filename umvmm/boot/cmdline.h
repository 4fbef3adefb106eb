/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline.h - the guest kernel's command line.
 */
#ifndef UMVMM_BOOT_CMDLINE_H
#define UMVMM_BOOT_CMDLINE_H

#include <stddef.h>

#include "config.h"

#define CMDLINE_MAX 2047 /* COMMAND_LINE_SIZE - 1 of x86 */

/* ROWS, COLS: the terminal's size, 0 when there is none. 0, or -1 after a message. */
int cmdline_build(char text[static CMDLINE_MAX + 1], const struct config *cfg, unsigned int rows,
		  unsigned int cols) __attribute__((warn_unused_result));

#endif
