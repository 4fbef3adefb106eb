// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msr.c - model-specific registers (SDM vol. 4).
 *
 * Runs: monitor. A register that is not in the list (msrs.h) raises #GP, as on hardware that
 * lacks it.
 */
#include "context/context.h"
#include "context/host.h"
#include "cpu.h"
#include "devices/apic.h"
#include "exception.h"
#include "mmu/mmu.h"
#include "msr.h"
#include "msrs.h"
#include "paravirt/module.h"
#include "paravirt/poke.h"
#include "paravirt/trust.h"
#include "report/report.h"

#define X2APIC_FIRST 0x800u
#define X2APIC_COUNT 0x100u

enum {
#define X(number, name, section, kind, offset, reset) MSR_##name = (number),
	MSR_LIST(X)
#undef X
};

#define IN(field) offsetof(struct vcpu, field)
#define NONE	  0 /* which is what rewritten code uses, not an MSR */

static const struct msr {
	uint32_t number;
	uint16_t kind; /* enum msr_kind */
	uint16_t offset;
	uint64_t reset;
} msrs[] = {
#define X(number, name, section, kind, offset, reset) { (number), MSR_##kind, offset, reset },
	MSR_LIST(X)
#undef X
};
#define MSRS (sizeof(msrs) / sizeof(msrs[0]))

static const struct msr *find(uint32_t number)
{
	unsigned int from = 0, to = MSRS;

	while (from < to) {
		unsigned int middle = (from + to) / 2;

		if (msrs[middle].number < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from < MSRS && msrs[from].number == number ? &msrs[from] : 0;
}

static uint64_t *field(struct vcpu *v, const struct msr *msr)
{
	return (uint64_t *)((char *)v + msr->offset);
}

void msr_reset(struct vcpu *v)
{
	unsigned int i;

	for (i = 0; i < MSRS; i++)
		if (msrs[i].kind == MSR_STORED)
			*field(v, &msrs[i]) = msrs[i].reset;
}

static uint64_t read_coded(uint32_t number)
{
	switch (number) {
	case MSR_TSC:
		return rdtsc();
	case MSR_YIELD:
		return vm_page->ncpus > 1;
	case MSR_TRUST:
		vm_page->trust_told = 1;
		if (vm_page->isolation != ISOLATION_USERS)
			return 0;
		monitor_log("the guest kernel says which processes need no wall");
		return 1;
	case MSR_SPACES:
		return context_limit() - 1; /* PCID 0 has one, too */
	case MSR_FS_BASE:
		return fs_base_read();
	case MSR_GS_BASE:
		return gs_base_read();
	}
	return 0;
}

int msr_read(uint32_t number, uint64_t *value)
{
	struct vcpu *v = this_vcpu;
	const struct msr *msr;

	v->stats.emul_msr++;
	if (number - X2APIC_FIRST < X2APIC_COUNT)
		return apic_read(number, value);
	msr = find(number);
	if (!msr || msr->kind == MSR_WRITTEN)
		return -1;
	if (msr->kind == MSR_CODED)
		*value = read_coded(number);
	else
		*value = msr->offset != NONE ? *field(v, msr) : msr->reset;
	return 0;
}

/* Of umvmm's own. 0, or -1 for #GP(0). */
static int write_paravirt(uint32_t number, uint64_t value)
{
	switch (number) {
	case MSR_MODULE:
		module_rewrite(value);
		return 0;
	case MSR_POKE:
		poke_text(value);
		return 0;
	case MSR_YIELD:
		host_sched_yield();
		return 0;
	case MSR_FAULT_AHEAD:
		page_fault_ahead(value);
		return 0;
	case MSR_RANGE_END:
		/* what is mapped there is accounted for as a user's */
		mmu_flush_everything();
		vm_page->range_end = value;
		return 0;
	case MSR_FLUSH:
		/* the last page may lie behind the last address: nothing is mapped there */
		if (value >> 47 || !(value & UMVMM_FLUSH_MOST))
			return -1;
		mmu_flush_pages(value, (unsigned int)(value & UMVMM_FLUSH_MOST));
		return 0;
	case MSR_TRUST:
		if (value > 1)
			return -1;
		trust_set((int)value);
		return 0;
	}
	return -1;
}

/* What is not only stored. 0, or -1 for #GP(0). */
static int write_acting(uint32_t number, uint64_t value)
{
	struct vcpu *v = this_vcpu;

	switch (number) {
	case MSR_TSC:
		return 0; /* the TSC is the host's */
	case MSR_APIC_BASE:
		/* x2APIC stays on: there is no memory-mapped local APIC */
		return (value & (3u << 10)) == (3u << 10) ? 0 : -1;
	case MSR_TSC_DEADLINE:
		apic_set_deadline(value);
		return 0;
	case MSR_EFER:
		v->efer = (value & (EFER_SCE | EFER_LME | EFER_NXE)) | (v->efer & EFER_LMA);
		module_set_syscall_entry();
		return 0;
	case MSR_LSTAR:
		v->lstar = value;
		module_set_syscall_entry();
		return 0;
	case MSR_FS_BASE:
		if (value >> 47)
			return -1;
		fs_base_write(value);
		return 0;
	case MSR_GS_BASE:
		if (value >> 47)
			return -1;
		gs_base_write(value);
		return 0;
	case MSR_KERNEL_GS_BASE:
		gs_base_write_inactive(value);
		return 0;
	}
	return write_paravirt(number, value);
}

int msr_write(uint32_t number, uint64_t value)
{
	struct vcpu *v = this_vcpu;
	const struct msr *msr;

	v->stats.emul_msr++;
	if (number - X2APIC_FIRST < X2APIC_COUNT)
		return apic_write(number, value);
	msr = find(number);
	if (!msr)
		return -1;
	if (msr->kind == MSR_FIXED)
		return 0;
	if (msr->kind != MSR_STORED)
		return write_acting(number, value);
	*field(v, msr) = value;
	return 0;
}
