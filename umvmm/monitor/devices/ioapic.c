// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ioapic.c - one I/O APIC with 24 pins (82093AA data sheet).
 *
 * Runs: monitor, on any vCPU. Must hold: dev_lock is taken around the registers,
 * and given up before a vCPU is kicked: who wakes may take our place on this
 * host CPU and want the lock.
 */
#include "apic.h"
#include "context/context.h"
#include "cpu/cpu.h"
#include "ioapic.h"
#include "lock.h"

#define REDIR_MASKED (1ull << 16)
#define REDIR_LEVEL  (1ull << 15)
#define REDIR_IRR    (1ull << 14)
#define REDIR_RO     ((1ull << 14) | (1ull << 12))

/* Raises the pin's vector; returns the vCPUs to kick, a bit each. */
static uint32_t send(unsigned int pin)
{
	uint64_t e = vm_page->ioapic.redir[pin];
	uint32_t dest = (uint32_t)(e >> 56), kick = 0;
	unsigned int i;

	for (i = 0; i < vm_page->ncpus && i < VM_MAX_VCPUS; i++) {
		struct vcpu *v = vcpu_at(i);
		int hit = e & (1u << 11) ? (dest & v->apic_ldr & 0xff) != 0 : dest == v->apic_id;

		if (hit) {
			apic_raise(v, e & 0xff);
			kick |= 1u << i;
			if (((e >> 8) & 7) == 1)
				break; /* lowest priority: one of them */
		}
	}
	return kick;
}

static uint32_t level_check(unsigned int pin)
{
	uint64_t *e = &vm_page->ioapic.redir[pin];

	if ((*e & REDIR_LEVEL) && !(*e & (REDIR_MASKED | REDIR_IRR)) &&
	    (vm_page->ioapic.level & (1u << pin))) {
		*e |= REDIR_IRR;
		return send(pin);
	}
	return 0;
}

static void unlock_and_kick(uint32_t kick)
{
	dev_unlock();
	for (; kick; kick &= kick - 1)
		vcpu_kick(vcpu_at((unsigned int)__builtin_ctz(kick)), REQ_IRQ);
}

void ioapic_line_unlock(unsigned int pin, int level)
{
	struct ioapic *io = &vm_page->ioapic;
	uint32_t bit = 1u << pin, kick = 0;
	int rose;

	rose = level && !(io->level & bit);
	io->level = level ? io->level | bit : io->level & ~bit;
	if (io->redir[pin] & REDIR_LEVEL)
		kick = level_check(pin);
	else if (rose && !(io->redir[pin] & REDIR_MASKED))
		kick = send(pin);
	unlock_and_kick(kick);
}

void ioapic_eoi(unsigned int vector)
{
	uint32_t kick = 0;
	unsigned int pin;

	dev_lock();
	for (pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *e = &vm_page->ioapic.redir[pin];

		if ((*e & (REDIR_LEVEL | REDIR_IRR)) == (REDIR_LEVEL | REDIR_IRR) &&
		    (*e & 0xff) == vector) {
			*e &= ~REDIR_IRR;
			kick |= level_check(pin);
		}
	}
	unlock_and_kick(kick);
}

uint64_t ioapic_read(const struct bus_access *at)
{
	struct ioapic *io = &vm_page->ioapic;
	uint32_t reg, value = 0;

	dev_lock();
	reg = __atomic_load_n(&io->sel, __ATOMIC_RELAXED);
	if (at->offset == 0)
		value = reg;
	else if (at->offset == 0x10 && (reg == 0 || reg == 2)) /* ID, arbitration ID */
		value = io->id;
	else if (at->offset == 0x10 && reg == 1)
		value = 0x20 | (IOAPIC_PINS - 1) << 16;
	else if (at->offset == 0x10 && reg >= 0x10 && reg < 0x10 + 2 * IOAPIC_PINS)
		value = (uint32_t)(io->redir[(reg - 0x10) / 2] >> (reg & 1 ? 32 : 0));
	dev_unlock();
	return value;
}

/* One half of a redirection entry; returns the vCPUs to kick. */
static uint32_t write_redir(uint64_t *e, unsigned int pin, int high, uint32_t value)
{
	uint64_t old = *e;

	if (high)
		*e = (*e & 0xffffffffull) | (uint64_t)value << 32;
	else
		*e = (*e & ~0xffffffffull) | (value & ~REDIR_RO) | (*e & REDIR_RO);
	if (!(*e & REDIR_LEVEL))
		*e &= ~REDIR_IRR;
	return old & REDIR_MASKED ? level_check(pin) : 0;
}

void ioapic_write(const struct bus_access *at, uint64_t value)
{
	struct ioapic *io = &vm_page->ioapic;
	uint32_t reg, kick = 0;

	if (at->offset == 0x40) { /* EOI register of later versions */
		ioapic_eoi(value & 0xff);
		return;
	}
	dev_lock();
	reg = __atomic_load_n(&io->sel, __ATOMIC_RELAXED);
	if (at->offset == 0) {
		io->sel = (uint32_t)value & 0xff;
	} else if (at->offset == 0x10 && reg == 0) {
		io->id = (uint32_t)value & 0x0f000000;
	} else if (at->offset == 0x10 && reg >= 0x10 && reg < 0x10 + 2 * IOAPIC_PINS) {
		unsigned int pin = (reg - 0x10) / 2;

		kick = write_redir(&io->redir[pin], pin, reg & 1, (uint32_t)value);
	}
	unlock_and_kick(kick);
}
