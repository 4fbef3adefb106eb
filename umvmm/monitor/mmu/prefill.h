/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prefill.h - kernel mappings that new contexts inherit. Runs: monitor, zygote. */
#ifndef MONITOR_MMU_PREFILL_H
#define MONITOR_MMU_PREFILL_H

/* Bring the zygote's mappings up to date with the guest kernel's page tables. */
void prefill(void);

#endif
