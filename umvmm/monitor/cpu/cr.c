// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cr.c - control registers (SDM vol. 3 2.5), and which context a CR3 means.
 *
 * Runs: monitor. With PCIDs on, each PCID has a context of its own, and the
 * guest says with bit 63 of CR3 whether what is cached under it is still good.
 */
#include "context/context.h"
#include "cpu.h"
#include "emulate.h"
#include "mmu/mmu.h"
#include "paravirt/trust.h"
#include "report/report.h"

#define CR3_NOFLUSH (1ull << 63)
#define CR3_PCID    0xfffull

/* What there is up to CR4.PKS (bit 24); CR3 and CR0 as in the manual. */
#define CR4_KNOWN    0x01ff7fffull
#define CR0_KNOWN    0xe005003full
#define CR3_RESERVED (0x7ff0000000000000ull & ~UMVMM_CR3_TRUSTED)

int cr_valid(unsigned int cr, uint64_t value)
{
	switch (cr) {
	case 0:
		return !(value & ~CR0_KNOWN);
	case 3:
		return !(value & CR3_RESERVED);
	case 4:
		return !(value & ~CR4_KNOWN) && (value & CR4_PAE);
	case 8:
		return value < 16;
	}
	return cr == 2;
}

uint64_t read_cr(unsigned int cr)
{
	struct vcpu *v = this_vcpu;

	v->stats.emul_cr++;
	switch (cr) {
	case 0:
		return v->cr0;
	case 2:
		return v->cr2;
	case 3:
		return v->cr3;
	case 4:
		return v->cr4;
	case 8:
		return v->apic_tpr >> 4;
	}
	return 0;
}

static void write_cr3(uint64_t value)
{
	struct vcpu *v = this_vcpu;
	uint64_t old = v->cr3;
	int pcide = (v->cr4 & CR4_PCIDE) != 0;
	int noflush = pcide && (value & CR3_NOFLUSH);
	int trusted = (value & UMVMM_CR3_TRUSTED) != 0;

	v->cr3 = value & ~(CR3_NOFLUSH | UMVMM_CR3_TRUSTED);
	if (pcide && ((old ^ value) & CR3_PCID)) /* no return */
		context_switch((unsigned int)(value & CR3_PCID), !noflush, trusted);
	if ((old ^ v->cr3) & ~CR3_PCID)
		trust_set(trusted);
	if (noflush)
		return;
	if ((old ^ v->cr3) & ~CR3_PCID)
		context_another_space();
	else
		mmu_reload_user();
	if (!(v->cr4 & CR4_PGE) || ctx.kernel_nonglobal)
		mmu_flush_kernel();
}

void write_cr(unsigned int cr, uint64_t value)
{
	struct vcpu *v = this_vcpu;
	uint64_t old;

	v->stats.emul_cr++;
	switch (cr) {
	case 0:
		old = v->cr0;
		if (!(value & CR0_PG) || !(value & CR0_PE))
			guest_fault("switches paging off: CR0 %x at rip %x", value, ctx.regs.rip);
		v->cr0 = value | CR0_ET;
		if ((old ^ value) & CR0_WP)
			mmu_flush_everything();
		break;
	case 2:
		v->cr2 = value;
		break;
	case 3:
		write_cr3(value);
		break;
	case 4:
		old = v->cr4;
		v->cr4 = value;
		if ((old ^ value) & (CR4_PGE | CR4_PCIDE))
			mmu_flush_everything();
		break;
	case 8:
		v->apic_tpr = (uint32_t)(value & 15) << 4;
		__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST);
		break;
	}
}
