/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit.h - umvmm's exit status, as scripts see it.
 *
 * With -e or -- the guest command's own status (0..255) is umvmm's; the values
 * below are chosen as docker(1) and timeout(1) do, so that they seldom collide.
 */
#ifndef UMVMM_BASE_EXIT_H
#define UMVMM_BASE_EXIT_H

enum exit_code {
	EXIT_OK = 0,		/* powered off, stopped by Ctrl-a x or by umvmm stop */
	EXIT_USAGE = 2,		/* the command line is wrong; nothing was started */
	EXIT_MONITOR = 123,	/* a bug of umvmm: the monitor died or caught itself */
	EXIT_GUEST = 124,	/* the guest panicked, tripled its fault or misbehaved */
	EXIT_SELF = 125,	/* umvmm could not do it: files, memory, the host */
	EXIT_SIGNAL = 128,	/* plus n: signal n ended umvmm */
};

#endif
