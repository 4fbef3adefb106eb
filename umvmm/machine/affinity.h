/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * affinity.h - which host CPUs a vCPU's contexts run on.
 */
#ifndef UMVMM_MACHINE_AFFINITY_H
#define UMVMM_MACHINE_AFFINITY_H

#include <sched.h>

#include <umvmm/boot/config.h>

/* At the start of the manager: from now on it is seen which host CPUs are idle. */
void affinity_begin(void);

/* All that this user wants. 0 and SET filled; 1: leave it as it is; -1 after a message. */
int affinity_all(cpu_set_t *set, const struct config *cfg) __attribute__((warn_unused_result));

/* The same for one vCPU. */
int affinity_for(cpu_set_t *set, const struct config *cfg, unsigned int vcpu)
	__attribute__((warn_unused_result));

#endif
