// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control_line.c - what the guest's init says on ttyS3.
 *
 * Runs: in the manager's main thread; pure.
 * Must hold: any bytes may come; lines that are not understood are dropped.
 */
#include "control_line.h"

#include <stdlib.h>
#include <string.h>

static void understand(struct control_line *control)
{
	char *end;
	long n;

	control->line[control->len] = '\0';
	if (!strcmp(control->line, "ready")) {
		control->ready = true;
		return;
	}
	if (!strcmp(control->line, "size")) {
		control->sizes = true;
		return;
	}
	n = strtol(control->line, &end, 10);
	if (control->len && !*end && n >= 0 && n <= 255)
		control->status = (int)n;
}

void control_line_look(void *ctx, const char *data, uint32_t len)
{
	struct control_line *control = ctx;

	for (uint32_t i = 0; i < len; i++) {
		if (data[i] == '\r')
			continue;
		if (data[i] == '\n') {
			if (control->len < sizeof(control->line))
				understand(control);
			control->len = 0;
		} else if (control->len < sizeof(control->line) - 1) {
			control->line[control->len++] = data[i];
		} else {
			control->len = sizeof(control->line); /* too long: dropped */
		}
	}
}
