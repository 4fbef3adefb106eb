/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console.h - looks at what the guest kernel prints.
 *
 * Runs: in the manager's main thread.
 */
#ifndef UMVMM_STREAMS_CONSOLE_H
#define UMVMM_STREAMS_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_HISTORY 65536u

struct console {
	char history[CONSOLE_HISTORY]; /* the last bytes, a ring */
	uint64_t total;
	unsigned int matched;	       /* characters of the panic message so far */
	unsigned int end_matched;      /* and of what is printed behind the last of it */
	bool panicked, ended;
};

/* For struct outlet.look. */
void console_look(void *console, const char *data, uint32_t len);
/* The history to standard error. */
void console_show(const struct console *console);

#endif
