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

/* Those of the list (gates.h): 0, or -1 for #GP(0). */
static int listed(enum umvmm_gate id)
{
	uint16_t port = (uint16_t)ctx.regs.r[GPR_RDX];

	/* without a default: the compiler tells of a gate that is forgotten here */
	switch (id) {
	case UMVMM_GATE_STI:
		emulate_sti();
		return 0;
	case UMVMM_GATE_POPF:
		emulate_popf();
		return 0;
	case UMVMM_GATE_PUSHF:
		return emulate_pushf();
	case UMVMM_GATE_IRETQ:
		virtual_iretq();
		return 0;
	case UMVMM_GATE_SYSRETQ:
		virtual_sysretq();
		return 0;
	case UMVMM_GATE_LRETQ:
		virtual_lretq();
		return 0;
	case UMVMM_GATE_STI_HLT:
		emulate_sti();
		halt();
		return 0;
	case UMVMM_GATE_HLT:
		halt();
		return 0;
	case UMVMM_GATE_WRMSR:
		return emulate_wrmsr();
	case UMVMM_GATE_RDMSR:
		return emulate_rdmsr();
	case UMVMM_GATE_CPUID:
		emulate_cpuid();
		return 0;
	case UMVMM_GATE_RDPMC:
		return -1;
	case UMVMM_GATE_XGETBV:
		return emulate_xgetbv();
	case UMVMM_GATE_XSETBV:
		return emulate_xsetbv();
	case UMVMM_GATE_WBINVD:
		return 0;
	case UMVMM_GATE_CLTS:
		this_vcpu->cr0 &= ~8ull;
		return 0;
	case UMVMM_GATE_IN8:
		emulate_in(port, 1);
		return 0;
	case UMVMM_GATE_IN16:
		emulate_in(port, 2);
		return 0;
	case UMVMM_GATE_IN32:
		emulate_in(port, 4);
		return 0;
	case UMVMM_GATE_OUT8:
		emulate_out(port, 1);
		return 0;
	case UMVMM_GATE_OUT16:
		emulate_out(port, 2);
		return 0;
	case UMVMM_GATE_OUT32:
		emulate_out(port, 4);
		return 0;
	case UMVMM_GATE_SYSCALL:
		redirect_gated();
		return 0;
	case UMVMM_GATE_SIBLING: /* not by a context */
	case UMVMM_GATE_HANDOFF:
		break;
	}
	guest_fault("calls gate %d, which does not exist, at rip %x", (uint64_t)id, ctx.regs.rip);
}

void gate_call(unsigned int id);
void gate_call(unsigned int id)
{
	int bad = 0;

	this_vcpu->stats.gate_call++;
	ctx.fpstate = 0;
	if (id == UMVMM_GATE_COUNT) /* gate_syscall's slow way */
		redirect_gated();
	else if (id < UMVMM_GATE_RDCR || id > UMVMM_GATE_COUNT)
		bad = listed((enum umvmm_gate)id);
	else if (id >= UMVMM_GATE_WRFS)
		segment_register(id);
	else if (id >= UMVMM_GATE_INVLPG)
		mmu_invlpg(ctx.regs.r[id - UMVMM_GATE_INVLPG]);
	else
		bad = control_register(id);
	if (bad)
		general_protection();
	resume_prepare();
}
