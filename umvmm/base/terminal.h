/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.h - the user's terminal, raw while the guest's console has it.
 *
 * Must hold: it is restored on every way out: exit, signals, crash, and by the
 * tracer when the manager was killed.
 */
#ifndef UMVMM_BASE_TERMINAL_H
#define UMVMM_BASE_TERMINAL_H

#include <stdbool.h>

/* Remembers the present modes, arranges for their return. Not yet raw. */
void terminal_init(void);
/* Standard input to raw mode; false: it is no terminal. */
bool terminal_raw(void);
/* Async-signal-safe. */
void terminal_restore(void);
/* Both 0 when there is no terminal. */
void terminal_size(unsigned int *rows, unsigned int *cols);

#endif
