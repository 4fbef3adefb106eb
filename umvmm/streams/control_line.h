/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control_line.h - what the guest's init says on ttyS3: about -e's command, or
 * that it wants to know the terminal's size.
 *
 * Runs: in the manager's main thread; pure.
 */
#ifndef UMVMM_STREAMS_CONTROL_LINE_H
#define UMVMM_STREAMS_CONTROL_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct control_line {
	char line[32];
	unsigned int len;
	bool ready;  /* input may be sent */
	bool sizes;  /* it takes lines with the terminal's size */
	int status;  /* of the command, 0..255; -1: not yet known */
};

/* For struct outlet.look. Lines: "ready", "size", or a decimal number. */
void control_line_look(void *control, const char *data, uint32_t len);

#endif
