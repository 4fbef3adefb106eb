/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin.h - a vCPU's processes get their host CPUs and their share of time.
 */
#ifndef UMVMM_STEWARD_PIN_H
#define UMVMM_STEWARD_PIN_H

#include <sys/types.h>

#include <umvmm/machine/machine.h>

/*
 * The zygotes of vCPU INDEX, before they have forked a context; SIBLING 0: there is none. 0, or
 * -1 after a message.
 */
int pin_zygotes(const struct machine *m, unsigned int index, pid_t zygote, pid_t sibling)
	__attribute__((warn_unused_result));

#endif
