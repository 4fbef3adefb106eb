// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bases.c - the bases of FS and GS; see bases.h.
 *
 * Runs: monitor. bases_init in the first process of the VM, the rest in contexts.
 *
 * Must hold: without FSGSBASE no such instruction is executed: it would be #UD, or
 * what it sets would not survive the next switch of host processes.
 */
#include "bases.h"
#include "context.h"
#include "cpu.h"
#include "signal.h"
#include "text.h"

#define SITE_SIZE 8
#define UNKNOWN	  ~0ull

struct site {
	uint64_t at, other;
};

extern const struct site __bases_sites_start[], __bases_sites_end[];

extern char gate_gs_probe[], gate_gs_lost[], bases_probe_load[], bases_probe_fault[];
uint64_t bases_probe(uint64_t offset);

int bases_by_call;

/* Seen from a GS base of which we know that it is there. */
extern const uint64_t bases_mark;
const uint64_t bases_mark = 0x6b72616d5f736762; /* "bgs_mark" */

/* What the host has for this process; inherited by its forks, as the registers are. */
static uint64_t real_fs, real_gs;

void bases_init(void)
{
	const struct site *s;
	unsigned int i;

	bases_by_call = !vm_page->fsgsbase;
	if (!bases_by_call)
		return;
	text_unlock();
	for (s = __bases_sites_start; s < __bases_sites_end; s++)
		for (i = 0; i < SITE_SIZE; i++)
			((uint8_t *)(uintptr_t)s->at)[i] =
				((const uint8_t *)(uintptr_t)s->other)[i];
	text_lock();
}

static void set(long what, uint64_t *real, uint64_t base)
{
	if (*real == base)
		return;
	host_call(HOST_NR_arch_prctl, what, (long)base_valid(base), 0, 0, 0, 0);
	*real = base;
}

/* The user's GS base is 0, and the kernel's where swapgs will find it. */
static int is_plain(const struct vcpu *v)
{
	return (v->gs_base == v->kernel_gs && !v->kgs) || (!v->gs_base && v->kgs == v->kernel_gs);
}

void bases_changed(void)
{
	struct vcpu *v = this_vcpu;

	if (bases_by_call)
		v->user_slow = v->split || v->fs_base != real_fs || !is_plain(v);
}

uint64_t fs_base_read(void)
{
	return bases_by_call ? this_vcpu->fs_base : rd_fs_base();
}

uint64_t gs_base_read(void)
{
	return bases_by_call ? this_vcpu->gs_base : rd_gs_base();
}

void fs_base_write(uint64_t base)
{
	if (!bases_by_call) {
		wr_fs_base(base);
		return;
	}
	this_vcpu->fs_base = base;
	bases_changed();
}

void gs_base_write(uint64_t base)
{
	struct vcpu *v = this_vcpu;

	if (!bases_by_call) {
		wr_gs_base(base);
		return;
	}
	v->gs_base = base;
	if (v->cpl != 3)
		v->kernel_gs = base;
	bases_changed();
}

void gs_base_swap(void)
{
	struct vcpu *v = this_vcpu;
	uint64_t base = gs_base_read();

	if (!bases_by_call) {
		wr_gs_base(v->kgs);
		v->kgs = base;
		return;
	}
	v->gs_base = v->kgs;
	v->kgs = base;
	if (v->gs_base) /* the kernel may look there */
		v->kernel_gs = v->gs_base;
}

void bases_leave_kernel(void)
{
	if (bases_by_call)
		this_vcpu->kernel_gs = this_vcpu->kgs;
}

void bases_settle(void)
{
	struct vcpu *v = this_vcpu;

	if (!bases_by_call)
		return;
	if (v->cpl != 3) {
		if (!v->split && bases_probe(v->gs_probe) != bases_mark)
			real_gs = UNKNOWN;
		set(ARCH_SET_GS, &real_gs, v->kernel_gs);
		v->gs_probe = (uintptr_t)&bases_mark - v->kernel_gs;
	} else if (!v->split) {
		if (v->gs_base)
			set(ARCH_SET_GS, &real_gs, v->gs_base);
		set(ARCH_SET_FS, &real_fs, v->fs_base);
	}
	bases_changed();
}

int bases_probe_faulted(struct host_ucontext *uc)
{
	if (uc->rip == (uintptr_t)gate_gs_probe)
		uc->rip = (uintptr_t)gate_gs_lost;
	else if (uc->rip == (uintptr_t)bases_probe_load)
		uc->rip = (uintptr_t)bases_probe_fault;
	else
		return 0;
	return 1;
}

void fs_selector_load(uint16_t sel)
{
	__asm__ volatile("mov %0, %%fs" : : "r"(sel));
	real_fs = 0;
}

void gs_selector_load(uint16_t sel)
{
	__asm__ volatile("mov %0, %%gs" : : "r"(sel));
	real_gs = 0;
}
