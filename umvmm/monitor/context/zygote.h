/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zygote.h - start-up, between main.c and context.c. Runs: monitor. */
#ifndef MONITOR_CONTEXT_ZYGOTE_H
#define MONITOR_CONTEXT_ZYGOTE_H

void die_with_manager(void);
void permit_tracer(void);
void zygote_start(void) __attribute__((noreturn));
void signal_init(void);

#endif
