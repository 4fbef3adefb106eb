/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitor_call.h - host system calls by the monitor's own "syscall; ret".
 *
 * Runs: in freestanding guests, virtual CPL 0. Command line: text= and text_end= of the
 * monitor.
 */
#ifndef HOSTILE_MONITOR_CALL_H
#define HOSTILE_MONITOR_CALL_H

#include "lib.h"

static uint64_t monitor_syscall;

static inline void find_monitor_call(void)
{
	for (uint64_t at = number("text"); at < number("text_end"); at++) {
		const uint8_t *p = (const uint8_t *)at;

		if (p[0] == 0x0f && p[1] == 0x05 && p[2] == 0xc3) {
			monitor_syscall = at;
			return;
		}
	}
	print("the monitor has no syscall; ret\n");
	finish(99);
}

static inline long call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
			uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("call *%7"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(monitor_syscall),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#endif
