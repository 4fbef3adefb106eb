/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * escape.h - the keys that umvmm keeps for itself: Ctrl-a and one more.
 *
 * Runs: in the manager's main thread and in umvmm exec; pure but for the help text.
 */
#ifndef UMVMM_BASE_ESCAPE_H
#define UMVMM_BASE_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#define ESCAPE_MAX 256u /* bytes at once */

struct escape {
	bool armed;    /* the last key was Ctrl-a */
	bool quit;     /* Ctrl-a x */
	bool no_break; /* for what is no serial line */
	/* Ctrl-a b: these bytes of what is left, zeros, are breaks of the line */
	uint8_t breaks[ESCAPE_MAX / 8];
};

/* Takes umvmm's keys out of DATA, LEN up to ESCAPE_MAX, in place; the bytes left. */
uint32_t escape_filter(struct escape *escape, char *data, uint32_t len);

#endif
