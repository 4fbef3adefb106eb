/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smp.h - INIT, start-up IPI and NMI. Runs: monitor. */
#ifndef MONITOR_CPU_SMP_H
#define MONITOR_CPU_SMP_H

#include <vm.h>

/* Registers after INIT (SDM vol. 3 table 10-1), as far as a ring-3 vCPU has them. */
void vcpu_reset(struct vcpu *v);
/* Act on v->events; may wait for a start-up IPI. Changes ctx.regs. */
void smp_events(void);
/* Is there one that ends HLT? */
int smp_wakes(const struct vcpu *v);
/* Sleep until a start-up IPI, then set ctx.regs and the vCPU's registers. */
void smp_wait_for_sipi(void);

#endif
