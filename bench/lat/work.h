/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * work.h - the work directory's beginning and end, for main.c.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

/* Make it below dir, or below the usual tmpfs if dir is NULL. */
int work_open(const char *dir);
void work_close(void);
#endif
