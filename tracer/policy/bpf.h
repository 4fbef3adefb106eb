/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf.h - the part of the filter that is written by hand: what libseccomp has
 * no words for (instruction pointer, address ranges).
 */
#ifndef TRACER_POLICY_BPF_H
#define TRACER_POLICY_BPF_H

#include <linux/filter.h>
#include <stdint.h>

#define BPF_PROLOGUE_MAX 96

/*
 * Fills PROG; falls off its end for calls that libseccomp's part judges.
 * GUEST_CALL: SECCOMP_RET_TRAP or SECCOMP_RET_TRACE for the guest's own calls.
 */
uint32_t bpf_prologue(struct sock_filter prog[static BPF_PROLOGUE_MAX], uint64_t text_start,
		      uint64_t text_end, uint32_t guest_call);

/*
 * The same for a user sibling: its hand-off, whose SYSCALL ends at HANDOFF, is
 * reported to its context; calls with COOKIE in them fall off the end; all others
 * are the guest's.
 */
uint32_t bpf_prologue_sibling(struct sock_filter prog[static BPF_PROLOGUE_MAX], uint64_t cookie,
			      uint64_t handoff, uint32_t guest_call);

#endif
