/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * postmortem.h - what a guest that has failed leaves: shown, or kept in a file.
 *
 * Runs: in the manager's steward, when nothing of the guest runs any more. A child of it looks
 * into the guest's memory, with nothing but that, its output, and some seconds of CPU time.
 */
#ifndef UMVMM_STEWARD_POSTMORTEM_H
#define UMVMM_STEWARD_POSTMORTEM_H

#include <umvmm/machine/steward.h>

/*
 * Both end early when there is something to read at SOCKET, or nobody at its other end: it is
 * left there. MEMORY is a file of SIZE bytes.
 */
void postmortem_trace(int socket, int memory, uint64_t size, const struct steward_request *r);
/* 0, or -1, which is after a message if it was not ended so. */
int postmortem_dump(int socket, int memory, uint64_t size, const struct steward_request *r,
		    const char *path) __attribute__((warn_unused_result));

#endif
