/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lock.h - the device lock, between the vCPUs of a VM.
 *
 * Runs: monitor. The only lock of the monitor: held for a few dozen
 * instructions, never across a host call. A kick that lands inside only
 * returns, so a vCPU cannot meet its own lock.
 */
#ifndef MONITOR_LOCK_H
#define MONITOR_LOCK_H

#include "context.h"
#include "cpu.h"

static inline void dev_lock(void)
{
	while (__atomic_exchange_n(&vm_page->dev_lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static inline void dev_unlock(void)
{
	__atomic_store_n(&vm_page->dev_lock, 0, __ATOMIC_RELEASE);
}

#endif
