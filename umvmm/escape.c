// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape.c - the keys that umvmm keeps for itself: Ctrl-a and one more.
 *
 * Runs: in the manager's main thread.
 */
#include "escape.h"

#include "fail.h"

#define CTRL_A 1

static bool command(struct escape *escape, char key)
{
	switch (key) {
	case 'x':
		escape->quit = true;
		return false;
	case '?':
	case 'h':
	case 'c':
		note("Ctrl-a x quits, Ctrl-a a sends Ctrl-a, Ctrl-a ? is this help");
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

	for (uint32_t i = 0; i < len; i++) {
		if (escape->armed) {
			escape->armed = false;
			if (command(escape, data[i]))
				data[out++] = CTRL_A;
		} else if (data[i] == CTRL_A) {
			escape->armed = true;
		} else {
			data[out++] = data[i];
		}
	}
	return out;
}
