/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whole.h - what the files of whole share.
 */
#ifndef BENCH_WHOLE_H
#define BENCH_WHOLE_H

#include <stdbool.h>

/* A row's process ends with this status if it has told why there is no value. */
#define EXIT_TOLD 3

/* What to measure, and how often. */
struct plan {
	const char *programs; /* the folder with driver, rows and data */
	int reps;	      /* at most; fewer once they took long enough */
	bool two_cpus;
};

/*
 * Measure one row in this process, in an empty work directory that is the
 * current one, and print its line or lines. Ends the process.
 */
void row_measure(const struct plan *plan, const char *name) __attribute__((noreturn));

/* Make an empty work directory on a tmpfs and go there; NULL after a message. */
const char *work_enter(void);
/* Leave it and remove it with all that is in it. */
void work_leave(const char *path);
#endif
