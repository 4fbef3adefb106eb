// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gate.c - gate calls that gates.S does not finish by itself.
 *
 * Runs: monitor, on the gate stack, called by guest kernel code through the
 * gate table. FPU state is live. ctx.regs.rip is the return address; a fault is
 * reported at the site, GATE_CALL_SIZE bytes before.
 */
#include "context/context.h"
#include "cpu/cpu.h"
#include "cpu/emulate.h"
#include "cpu/exception.h"
#include "cpu/halt.h"
#include "cpu/segment.h"
#include "mmu/mmu.h"
#include "report/report.h"
#include "signal.h"

#define GATE_CALL_SIZE 7

static void general_protection(void)
{
	ctx.regs.rip -= GATE_CALL_SIZE;
	inject_exception(VEC_GP, 0);
}

static int control_register(unsigned int id)
{
	unsigned int n;

	if (id >= UMVMM_GATE_WRCR) {
		n = id - UMVMM_GATE_WRCR;
		if (!cr_valid(n / 16, ctx.regs.r[n % 16]))
			return -1;
		write_cr(n / 16, ctx.regs.r[n % 16]);
	} else {
		n = id - UMVMM_GATE_RDCR;
		ctx.regs.r[n % 16] = read_cr(n / 16);
	}
	return 0;
}

static void segment_register(unsigned int id)
{
	if (id >= UMVMM_GATE_WRGS)
		segment_load(SEG_GS, (uint16_t)ctx.regs.r[id - UMVMM_GATE_WRGS]);
	else
		segment_load(SEG_FS, (uint16_t)ctx.regs.r[id - UMVMM_GATE_WRFS]);
}

void gate_call(unsigned int id);
void gate_call(unsigned int id)
{
	int bad = 0;

	this_vcpu->stats.gate_call++;
	ctx.fpstate = 0;
	switch (id) {
	case UMVMM_GATE_STI:
		emulate_sti();
		break;
	case UMVMM_GATE_POPF:
		emulate_popf();
		break;
	case UMVMM_GATE_PUSHF:
		bad = emulate_pushf();
		break;
	case UMVMM_GATE_IRETQ:
		virtual_iretq();
		break;
	case UMVMM_GATE_SYSRETQ:
		virtual_sysretq();
		break;
	case UMVMM_GATE_LRETQ:
		virtual_lretq();
		break;
	case UMVMM_GATE_STI_HLT:
		emulate_sti();
		halt();
		break;
	case UMVMM_GATE_HLT:
		halt();
		break;
	case UMVMM_GATE_WRMSR:
		bad = emulate_wrmsr();
		break;
	case UMVMM_GATE_RDMSR:
		bad = emulate_rdmsr();
		break;
	case UMVMM_GATE_CPUID:
		emulate_cpuid();
		break;
	case UMVMM_GATE_RDPMC:
		bad = -1;
		break;
	case UMVMM_GATE_XGETBV:
		bad = emulate_xgetbv();
		break;
	case UMVMM_GATE_XSETBV:
		bad = emulate_xsetbv();
		break;
	case UMVMM_GATE_WBINVD:
		break;
	case UMVMM_GATE_CLTS:
		this_vcpu->cr0 &= ~8ull;
		break;
	case UMVMM_GATE_IN8:
		emulate_in((uint16_t)ctx.regs.r[GPR_RDX], 1);
		break;
	case UMVMM_GATE_IN16:
		emulate_in((uint16_t)ctx.regs.r[GPR_RDX], 2);
		break;
	case UMVMM_GATE_IN32:
		emulate_in((uint16_t)ctx.regs.r[GPR_RDX], 4);
		break;
	case UMVMM_GATE_OUT8:
		emulate_out((uint16_t)ctx.regs.r[GPR_RDX], 1);
		break;
	case UMVMM_GATE_OUT16:
		emulate_out((uint16_t)ctx.regs.r[GPR_RDX], 2);
		break;
	case UMVMM_GATE_OUT32:
		emulate_out((uint16_t)ctx.regs.r[GPR_RDX], 4);
		break;
	case UMVMM_GATE_COUNT: /* gate_syscall's slow way */
	case UMVMM_GATE_SYSCALL:
		redirect_gated();
		break;
	default:
		if (id >= UMVMM_GATE_WRFS && id < UMVMM_GATE_COUNT)
			segment_register(id);
		else if (id >= UMVMM_GATE_INVLPG && id < UMVMM_GATE_WRFS)
			mmu_invlpg(ctx.regs.r[id - UMVMM_GATE_INVLPG]);
		else if (id >= UMVMM_GATE_RDCR && id < UMVMM_GATE_INVLPG)
			bad = control_register(id);
		else
			guest_fault("calls gate %d, which does not exist, at rip %x", (uint64_t)id,
				    ctx.regs.rip);
	}
	if (bad)
		general_protection();
	resume_prepare();
}
