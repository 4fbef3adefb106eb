/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bases.h - the bases of FS and GS, by FSGSBASE or by arch_prctl(2).
 *
 * Runs: monitor, in a context.
 *
 * With FSGSBASE they are the guest's to read and write, and swapgs is an exchange of
 * registers. A host that does not enable FSGSBASE keeps, over a switch of processes,
 * only what arch_prctl(2) has set, and that costs a system call. So there (`bases_by_call`)
 * vcpu->fs_base and gs_base are what the guest means, swapgs exchanges two words of the
 * vCPU page, and the host is asked only when code is about to run that would notice:
 *
 *	virtual CPL 0	GS has vcpu->kernel_gs, the base that the guest kernel has set
 *	virtual CPL 3	FS has fs_base; GS has gs_base, but if that is 0, anything
 *
 * A user whose GS base is 0, as nearly all, has none: so entering the kernel and leaving
 * it costs nothing. With --isolation split the user's are those of its sibling. Else
 * user code may load a selector, and the base is gone: so on each way into the kernel
 * there is a look at GS's selector, and at `bases_mark` by way of GS.
 *
 * Selectors. A base that is set takes the selector away, and the other way round. So in the
 * kernel the user's GS selector is vcpu->gs_sel, which the kernel reads in place of GS, and
 * GS has 0. It is loaded before the user runs, and gs_sel 0 then; with split the sibling has
 * it, and gs_sel says which. FS, DS and ES keep the user's in the kernel, too.
 */
#ifndef MONITOR_CPU_BASES_H
#define MONITOR_CPU_BASES_H

#include <stdint.h>
#include <vm.h>

#include "context/host.h"

extern int bases_by_call;

/* In the first process, before there is a filter. */
void bases_init(void);

/* What the guest's FS and GS have at its virtual CPL. */
uint64_t fs_base_read(void);
uint64_t gs_base_read(void);
void fs_base_write(uint64_t base);
void gs_base_write(uint64_t base);
/* SWAPGS that traps. */
void gs_base_swap(void);
/* IA32_KERNEL_GS_BASE; a selector that is to be loaded later goes, if that has a base. */
void gs_base_write_inactive(uint64_t base);
/* Something else that decides how users are entered and left. */
void bases_changed(void);
/* The guest kernel leaves for its user: what it has in IA32_KERNEL_GS_BASE is its own. */
void bases_leave_kernel(void);
/* Guest code runs next. */
void bases_settle(void);
/* A fault of the look whether GS has the kernel's base: goes on where it has not. */
struct host_ucontext;
int bases_probe_faulted(struct host_ucontext *uc);

/*
 * What user code can load, any value: SEL, or null if that would fault here. The host's
 * descriptors have the places and bases of the guest's.
 */
uint16_t user_selector(uint16_t sel);
/* The selectors that the guest's FS and GS have. */
uint16_t fs_selector_read(void);
uint16_t gs_selector_read(void);
/* Any value; there is no base then. */
void fs_selector_load(uint16_t sel);
void gs_selector_load(uint16_t sel);

/* What the host takes. */
static inline uint64_t base_valid(uint64_t base)
{
	return base < ADDRESS_SPACE_END ? base : 0;
}

#endif
