/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apic.h - the local APIC and its TSC-deadline timer.
 *
 * Runs: monitor. The local APIC's registers live in the vCPU page; others set
 * IRR bits atomically and then REQ_IRQ and pending.
 */
#ifndef MONITOR_DEVICES_APIC_H
#define MONITOR_DEVICES_APIC_H

#include <vm.h>

/* x2APIC MSRs 0x800..0x8ff; 0, or -1 for #GP. */
int apic_read(uint32_t msr, uint64_t *value);
int apic_write(uint32_t msr, uint64_t value);
void apic_reset(struct vcpu *v);
void apic_set_deadline(uint64_t tsc);

/* Work that others asked for; leaves v->pending true while something is deliverable. */
void apic_requests(void);
/* The vector to deliver now (moved from IRR to ISR), or -1. */
int apic_take(void);
/* Is there one? */
int apic_ready(void);
/* Set the vector's IRR bit; vcpu_kick() has to follow. */
void apic_raise(struct vcpu *v, unsigned int vector);
/* Raise a vector at another or this vCPU. */
void apic_post(struct vcpu *v, unsigned int vector);

struct vcpu *vcpu_at(unsigned int index);
/* Make vCPU v look at its requests: wake it or send it a signal. */
void vcpu_kick(struct vcpu *v, uint32_t request);

#endif
