/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segments.h - the segment registers that user code can change.
 *
 * Runs: monitor. DS, ES and SS hold selectors that do nothing in 64-bit mode;
 * FS and GS have bases: bases.h.
 *
 * Must hold: values may come from the guest: loading them faults with none.
 */
#ifndef MONITOR_CPU_SEGMENTS_H
#define MONITOR_CPU_SEGMENTS_H

#include <stdint.h>
#include <vm.h>

#include "bases.h"

static inline void segments_save(struct segments *s)
{
	s->fs_base = fs_base_read();
	s->gs_base = gs_base_read();
	__asm__ volatile("mov %%ds, %0" : "=m"(s->ds));
	__asm__ volatile("mov %%es, %0" : "=m"(s->es));
	s->fs = fs_selector_read();
	s->gs = gs_selector_read();
}

static inline uint64_t canonical(uint64_t base)
{
	return (uint64_t)((int64_t)(base << 16) >> 16) == base ? base : 0;
}

static inline void selectors_load(const struct segments *s)
{
	__asm__ volatile("mov %0, %%ds" : : "r"(user_selector(s->ds)));
	__asm__ volatile("mov %0, %%es" : : "r"(user_selector(s->es)));
	if (fs_selector_read() != s->fs) /* loading one costs, and clears the base */
		fs_selector_load(s->fs);
	if (gs_selector_read() != s->gs)
		gs_selector_load(s->gs);
}

static inline void segments_load(const struct segments *s)
{
	selectors_load(s);
	fs_base_write(canonical(s->fs_base));
	if (!bases_by_call || s->gs_base != gs_base_read()) /* it may be the user's there */
		gs_base_write(canonical(s->gs_base));
}

#endif
