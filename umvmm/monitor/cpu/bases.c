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
#include "context/context.h"
#include "cpu.h"
#include "entry/signal.h"
#include "entry/text.h"

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

static void set(int what, uint64_t *real, uint64_t base)
{
	if (*real == base)
		return;
	host_arch_prctl(what, base_valid(base));
	*real = base;
}

/* The user's GS base is 0, and the kernel's where swapgs will find it. */
static int is_plain(const struct vcpu *v)
{
	return (v->gs_base == v->kernel_gs && !v->kgs) || (!v->gs_base && v->kgs == v->kernel_gs);
}

static uint16_t real_fs_selector(void)
{
	uint16_t sel;

	__asm__ volatile("mov %%fs, %0" : "=r"(sel));
	return sel;
}

static uint16_t real_gs_selector(void)
{
	uint16_t sel;

	__asm__ volatile("mov %%gs, %0" : "=r"(sel));
	return sel;
}

/* None; but null selectors leave what there was on some CPUs (Linux: X86_BUG_NULL_SEG). */
static uint64_t base_behind(uint16_t sel)
{
	return sel > 3 ? 0 : UNKNOWN;
}

static void load_fs(uint16_t sel)
{
	__asm__ volatile("mov %0, %%fs" : : "r"(sel));
	real_fs = base_behind(sel);
}

static void load_gs(uint16_t sel)
{
	if (sel <= 3) /* none is left behind */
		set(ARCH_SET_GS, &real_gs, 0);
	__asm__ volatile("mov %0, %%gs" : : "r"(sel));
	real_gs = base_behind(sel);
}

void bases_changed(void)
{
	struct vcpu *v = this_vcpu;

	if (bases_by_call)
		v->user_slow = v->split || v->gs_sel || v->fs_base != real_fs || !is_plain(v);
}

uint64_t fs_base_read(void)
{
	if (!bases_by_call)
		return rd_fs_base();
	return real_fs_selector() ? 0 : this_vcpu->fs_base;
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
	if (base && real_fs_selector())
		load_fs(0);
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

void gs_base_write_inactive(uint64_t base)
{
	struct vcpu *v = this_vcpu;

	v->kgs = base;
	if (base)
		v->gs_sel = 0;
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

/* From a user who has loaded a selector, which the kernel's base will take away. */
static void take_gs(struct vcpu *v)
{
	uint16_t sel = real_gs_selector();

	if (sel) {
		v->gs_sel = sel;
		v->gs_base = 0;
		real_gs = UNKNOWN;
	} else if (bases_probe(v->gs_probe) != bases_mark) {
		real_gs = UNKNOWN;
	}
}

/* To the user in this process. */
static void give(struct vcpu *v)
{
	if (v->gs_sel)
		load_gs(user_selector((uint16_t)v->gs_sel));
	v->gs_sel = 0;
	if (real_gs_selector())
		v->gs_base = 0;
	else if (v->gs_base)
		set(ARCH_SET_GS, &real_gs, v->gs_base);
	if (real_fs_selector())
		v->fs_base = real_fs = 0;
	else
		set(ARCH_SET_FS, &real_fs, v->fs_base);
}

void bases_settle(void)
{
	struct vcpu *v = this_vcpu;

	if (!bases_by_call)
		return;
	if (v->cpl != 3) {
		if (!v->split)
			take_gs(v);
		set(ARCH_SET_GS, &real_gs, v->kernel_gs);
		v->gs_probe = (uintptr_t)&bases_mark - v->kernel_gs;
	} else if (!v->split) {
		give(v);
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

uint16_t user_selector(uint16_t sel)
{
	uint8_t readable;

	if (sel <= 3)
		return sel;
	__asm__("verr %1" : "=@ccz"(readable) : "r"(sel));
	return readable ? sel : 0;
}

uint16_t fs_selector_read(void)
{
	return real_fs_selector();
}

uint16_t gs_selector_read(void)
{
	return bases_by_call && this_vcpu->gs_sel ? (uint16_t)this_vcpu->gs_sel
						  : real_gs_selector();
}

void fs_selector_load(uint16_t sel)
{
	sel = user_selector(sel);
	if (!bases_by_call) {
		__asm__ volatile("mov %0, %%fs" : : "r"(sel));
		return;
	}
	if (sel != real_fs_selector())
		load_fs(sel);
	fs_base_write(0);
}

void gs_selector_load(uint16_t sel)
{
	sel = user_selector(sel);
	if (!bases_by_call) {
		__asm__ volatile("mov %0, %%gs" : : "r"(sel));
		return;
	}
	this_vcpu->gs_sel = sel;
	this_vcpu->gs_base = 0;
	bases_changed();
}
