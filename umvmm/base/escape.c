// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape.c - the keys that umvmm keeps for itself: Ctrl-a and one more.
 *
 * Runs: in the manager's main thread and in umvmm exec.
 */
#include "escape.h"

#include <string.h>

#include "fail.h"

#define CTRL_A 1

/* True: byte AT of what is left is for the guest. */
static bool command(struct escape *escape, char key, char *data, uint32_t at)
{
	data[at] = CTRL_A;
	switch (key) {
	case 'x':
		escape->quit = true;
		return false;
	case 'b':
		if (escape->no_break)
			return false;
		data[at] = 0;
		escape->breaks[at / 8] |= (uint8_t)(1u << at % 8);
		return true;
	case '?':
	case 'h':
	case 'c':
		note("Ctrl-a x quits, %sCtrl-a a sends Ctrl-a, Ctrl-a ? is this help",
		     escape->no_break ? "" : "Ctrl-a b sends a break, ");
		return false;
	case 'a':
	case CTRL_A:
		return true;
	default:
		return false;
	}
}

uint32_t escape_filter(struct escape *escape, char *data, uint32_t len)
{
	uint32_t out = 0;

	memset(escape->breaks, 0, sizeof(escape->breaks));
	for (uint32_t i = 0; i < len; i++) {
		if (escape->armed) {
			escape->armed = false;
			out += command(escape, data[i], data, out);
		} else if (data[i] == CTRL_A) {
			escape->armed = true;
		} else {
			data[out++] = data[i];
		}
	}
	return out;
}
