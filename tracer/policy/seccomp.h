/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp.h - the system calls a context may make: what protects the host.
 *
 * Runs: built in the manager, installed by the monitor before the first guest
 * instruction.
 */
#ifndef TRACER_POLICY_SECCOMP_H
#define TRACER_POLICY_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes the filter (struct sock_filter[], *COUNT of them) to OUT. System
 * calls from outside [TEXT_START, TEXT_END), the monitor's text, are the
 * guest's own: SIGSYS tells the monitor. 0, or -1 after a message.
 */
int seccomp_policy(void *out, uint32_t size, uint32_t *count, uint64_t text_start,
		   uint64_t text_end) __attribute__((warn_unused_result));

/* The same, but the guest's own calls stop for the tracer (redirect.c). */
int seccomp_policy_traced(void *out, uint32_t size, uint32_t *count, uint64_t text_start,
			  uint64_t text_end) __attribute__((warn_unused_result));

/*
 * Of a user sibling (--isolation split): the call that ends at HANDOFF stops it
 * for its context; calls with COOKIE in them are what the context has ordered;
 * all others are the guest's own. MOVES: it may be ordered to other host CPUs.
 */
int seccomp_policy_sibling(void *out, uint32_t size, uint32_t *count, uint64_t cookie,
			   uint64_t handoff, bool traced, bool moves)
	__attribute__((warn_unused_result));

#endif
