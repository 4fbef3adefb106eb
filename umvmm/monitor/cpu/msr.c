// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msr.c - model-specific registers (SDM vol. 4).
 *
 * Runs: monitor. A register that is not in the table raises #GP, as on hardware
 * that lacks it.
 */
#include "context/context.h"
#include "context/host.h"
#include "cpu.h"
#include "devices/apic.h"
#include "exception.h"
#include "mmu/mmu.h"
#include "msr.h"
#include "paravirt/module.h"
#include "paravirt/poke.h"
#include "paravirt/trust.h"
#include "report/report.h"

#define MSR_TSC		 0x10
#define MSR_APIC_BASE	 0x1b
#define MSR_TSC_ADJUST	 0x3b
#define MSR_BIOS_SIGN_ID 0x8b
#define MSR_MTRRCAP	 0xfe
#define MSR_SYSENTER_CS	 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_MISC_ENABLE	 0x1a0
#define MSR_DEBUGCTL	 0x1d9
#define MSR_PAT		 0x277
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC	 0x800
#define MSR_EFER	 0xc0000080
#define MSR_STAR	 0xc0000081
#define MSR_LSTAR	 0xc0000082
#define MSR_CSTAR	 0xc0000083
#define MSR_FMASK	 0xc0000084
#define MSR_FS_BASE	 0xc0000100
#define MSR_GS_BASE	 0xc0000101
#define MSR_KERNEL_GS	 0xc0000102
#define MSR_TSC_AUX	 0xc0000103
#define MSR_AMD_HWCR	 0xc0010015
#define MSR_AMD_PATCH	 0xc0010020
#define MSR_AMD_NB_CFG	 0xc001001f
#define MSR_AMD_DE_CFG	 0xc0011029
#define MSR_AMD_LS_CFG	 0xc0011020

/* Plain registers: reading gives what was written. */
static uint64_t *plain(uint32_t msr)
{
	struct vcpu *v = this_vcpu;

	switch (msr) {
	case MSR_SYSENTER_CS:
		return &v->sysenter_cs;
	case MSR_SYSENTER_ESP:
		return &v->sysenter_esp;
	case MSR_SYSENTER_EIP:
		return &v->sysenter_eip;
	case MSR_MISC_ENABLE:
		return &v->misc_enable;
	case MSR_PAT:
		return &v->pat;
	case MSR_STAR:
		return &v->star;
	case MSR_CSTAR:
		return &v->cstar;
	case MSR_FMASK:
		return &v->fmask;
	case MSR_KERNEL_GS:
		return &v->kgs;
	case MSR_TSC_AUX:
		return &v->tsc_aux;
	}
	return 0;
}

/* Registers that read as zero and ignore what is written. */
static int ignored(uint32_t msr)
{
	switch (msr) {
	case MSR_BIOS_SIGN_ID:
	case MSR_DEBUGCTL:
	case MSR_MTRRCAP:
	case MSR_TSC_ADJUST:
	case MSR_AMD_HWCR:
	case MSR_AMD_PATCH:
	case MSR_AMD_NB_CFG:
	case MSR_AMD_DE_CFG:
	case MSR_AMD_LS_CFG:
		return 1;
	}
	return 0;
}

int msr_read(uint32_t msr, uint64_t *value)
{
	struct vcpu *v = this_vcpu;
	uint64_t *p = plain(msr);

	v->stats.emul_msr++;
	if (p) {
		*value = *p;
		return 0;
	}
	if (msr >= MSR_X2APIC && msr < MSR_X2APIC + 0x100)
		return apic_read(msr, value);
	switch (msr) {
	case MSR_TSC:
		*value = rdtsc();
		return 0;
	case MSR_APIC_BASE:
		*value = v->apic_base;
		return 0;
	case MSR_TSC_DEADLINE:
		*value = v->deadline;
		return 0;
	case MSR_EFER:
		*value = v->efer;
		return 0;
	case UMVMM_MSR_YIELD:
		*value = vm_page->ncpus > 1;
		return 0;
	case UMVMM_MSR_FAULT_AHEAD:
	case UMVMM_MSR_FLUSH:
	case UMVMM_MSR_POKE:
		*value = 1;
		return 0;
	case UMVMM_MSR_TRUST:
		*value = vm_page->isolation == ISOLATION_USERS;
		if (*value)
			monitor_log("the guest kernel says which processes need no wall");
		vm_page->trust_told = 1;
		return 0;
	case UMVMM_MSR_SPACES:
		*value = context_limit() - 1; /* PCID 0 has one, too */
		return 0;
	case MSR_LSTAR:
		*value = v->lstar;
		return 0;
	case MSR_FS_BASE:
		*value = fs_base_read();
		return 0;
	case MSR_GS_BASE:
		*value = gs_base_read();
		return 0;
	}
	if (!ignored(msr))
		return -1;
	*value = 0;
	return 0;
}

int msr_write(uint32_t msr, uint64_t value)
{
	struct vcpu *v = this_vcpu;
	uint64_t *p = plain(msr);

	v->stats.emul_msr++;
	if (p) {
		if (p == &v->kgs)
			gs_base_write_inactive(value);
		else
			*p = value;
		return 0;
	}
	if (msr >= MSR_X2APIC && msr < MSR_X2APIC + 0x100)
		return apic_write(msr, value);
	switch (msr) {
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
	case UMVMM_MSR_MODULE:
		module_rewrite(value);
		return 0;
	case UMVMM_MSR_POKE:
		poke_text(value);
		return 0;
	case UMVMM_MSR_YIELD:
		host_sched_yield();
		return 0;
	case UMVMM_MSR_FAULT_AHEAD:
		page_fault_ahead(value);
		return 0;
	case UMVMM_MSR_RANGE_END:
		/* what is mapped there is accounted for as a user's */
		mmu_flush_everything();
		vm_page->range_end = value;
		return 0;
	case UMVMM_MSR_FLUSH:
		/* the last page may lie behind the last address: nothing is mapped there */
		if (value >> 47 || !(value & UMVMM_FLUSH_MOST))
			return -1;
		mmu_flush_pages(value, (unsigned int)(value & UMVMM_FLUSH_MOST));
		return 0;
	case UMVMM_MSR_TRUST:
		if (value > 1)
			return -1;
		trust_set((int)value);
		return 0;
	}
	return ignored(msr) ? 0 : -1;
}
