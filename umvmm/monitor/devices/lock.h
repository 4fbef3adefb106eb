/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - the device lock, between the vCPUs of a VM.
 *
 * Runs: monitor. The only lock of the monitor: held for a few dozen
 * instructions, never across a host call. A kick that lands inside only
 * returns, so a vCPU cannot meet its own lock. Where vCPUs share a host CPU,
 * the holder may wait for ours: so give way after a while.
 */
#ifndef MONITOR_DEVICES_LOCK_H
#define MONITOR_DEVICES_LOCK_H

#include "context/context.h"
#include "context/host.h"
#include "cpu/cpu.h"

#define LOCK_SPINS 1000u

static inline void dev_lock(void)
{
	unsigned int spins = 0;

	while (__atomic_exchange_n(&vm_page->dev_lock, 1, __ATOMIC_ACQUIRE)) {
		if (++spins % LOCK_SPINS)
			cpu_relax();
		else
			host_sched_yield();
	}
}

static inline void dev_unlock(void)
{
	__atomic_store_n(&vm_page->dev_lock, 0, __ATOMIC_RELEASE);
}

#endif
