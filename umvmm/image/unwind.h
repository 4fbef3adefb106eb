/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind.h - the monitor's own stack, from what it has recorded at its end.
 */
#ifndef UMVMM_IMAGE_UNWIND_H
#define UMVMM_IMAGE_UNWIND_H

#include <monitor_stack.h>

#include <stdbool.h>

#define MONITOR_FRAMES_MAX 32u

struct monitor_frame {
	uint64_t rip; /* in the monitor's text */
	bool exact;   /* not where a call returns to: a signal came there, or its handler returns */
};

/*
 * The callers of what has recorded STACK, innermost first; returns how many. STACK is a
 * private copy and may hold anything.
 */
unsigned int monitor_unwind(struct monitor_frame frame[static MONITOR_FRAMES_MAX],
			    const struct monitor_stack *stack);

#endif
