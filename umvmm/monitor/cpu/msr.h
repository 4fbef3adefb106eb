/* SPDX-License-Identifier: GPL-2.0-or-later */
/* msr.h - RDMSR and WRMSR. Runs: monitor. 0, or -1 for #GP(0). */
#ifndef MONITOR_CPU_MSR_H
#define MONITOR_CPU_MSR_H

#include <stdint.h>

struct vcpu;

int msr_read(uint32_t msr, uint64_t *value);
int msr_write(uint32_t msr, uint64_t value);
/* Those that are only stored are as after power-on. */
void msr_reset(struct vcpu *v);

#endif
