/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pku.h - --isolation pku: which memory user code reaches, by protection keys.
 *
 * Runs: monitor. All of it does nothing in the other modes.
 */
#ifndef MONITOR_ENTRY_PKU_H
#define MONITOR_ENTRY_PKU_H

#include <stdint.h>

#include "signal.h"

/*
 * What rights.S loads when it has the user's rights already; key 0, private to
 * the context, behind the signal stack (which has key 0 too).
 */
#define PKU_SCRATCH 0x7bcc0000

struct pku_scratch {
	uint64_t rax, rcx, rdx;
	uint64_t iret[5];
};

/* In the process that becomes the zygotes, before it forks: keys, gates, memory. */
void pku_enable(void);
/* Is this such a VM? */
int pku_enabled(void);
/*
 * What is mapped at [start, start + len) with these rights is the guest kernel's
 * or the monitor's: take it from the users. 0 or a negative errno.
 */
long pku_protect(uint64_t start, uint64_t len, int prot);
/* Likewise, but users may read and run it. */
long pku_protect_tables(uint64_t start, uint64_t len, int prot);

/* The entry of host signals. */
uint64_t pku_signal_handler(void);
/* A signal that interrupted the monitor's text: did a user's code run there? */
int pku_is_users(int sig, const struct host_ucontext *uc);
/* Go on with all rights after the signal. */
void pku_all_rights(struct host_ucontext *uc);

#endif
