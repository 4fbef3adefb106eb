/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poke.h - writes to the guest kernel's text, for the guest kernel.
 *
 * Runs: monitor, in a context.
 */
#ifndef MONITOR_PARAVIRT_POKE_H
#define MONITOR_PARAVIRT_POKE_H

#include <stdint.h>

/* What a guest writes to UMVMM_MSR_POKE: where its struct umvmm_poke_req is. */
void poke_text(uint64_t va);

#endif
