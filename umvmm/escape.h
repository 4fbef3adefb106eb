/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - the keys that umvmm keeps for itself: Ctrl-a and one more.
 *
 * Runs: in the manager's main thread; pure but for the help text.
 */
#ifndef UMVMM_ESCAPE_H
#define UMVMM_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

struct escape {
	bool armed; /* the last key was Ctrl-a */
	bool quit;  /* Ctrl-a x */
};

/* Takes umvmm's keys out of DATA, in place; the number of bytes left. */
uint32_t escape_filter(struct escape *escape, char *data, uint32_t len);

#endif
