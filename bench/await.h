/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * await.h - what lat and whole wait for while a row's process runs.
 *
 * Runs: in lat and whole.
 *
 * Must hold: these signals are blocked all the time, so that none is missed; a row's
 * process gets the mask from before back.
 */
#ifndef BENCH_AWAIT_H
#define BENCH_AWAIT_H

#include <signal.h>

/* Blocks them: SIGCHLD, and what ends a program. *outside: the mask from before. */
void await_block(sigset_t *outside);
/* The next of them; 0 if none comes within that many seconds. */
int await_signal(int seconds);
#endif
