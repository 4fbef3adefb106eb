// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * emulate.c - one function for each sensitive instruction (sens.h has the list).
 *
 * Runs: monitor, after a trap. CPL 0 only; the caller has checked.
 */
#include "context/context.h"
#include "cpu.h"
#include "debug.h"
#include "debugger/stop.h"
#include "emulate.h"
#include "exception.h"
#include "halt.h"
#include "msr.h"
#include "operand.h"
#include "report/report.h"
#include "segment.h"

int emulate_rdmsr(void)
{
	uint64_t value;

	if (msr_read((uint32_t)ctx.regs.r[GPR_RCX], &value))
		return -1;
	ctx.regs.r[GPR_RAX] = (uint32_t)value;
	ctx.regs.r[GPR_RDX] = value >> 32;
	return 0;
}

int emulate_wrmsr(void)
{
	return msr_write((uint32_t)ctx.regs.r[GPR_RCX],
			 ctx.regs.r[GPR_RDX] << 32 | (uint32_t)ctx.regs.r[GPR_RAX]);
}

void emulate_sti(void)
{
	this_vcpu->rflags = RFLAGS_FIXED | RFLAGS_IF;
}

void emulate_popf(void)
{
	uint64_t flags;

	if (guest_read(ctx.regs.r[GPR_RSP], &flags, 8, AS_KERNEL))
		guest_fault("POPF from an unmapped stack at %x", ctx.regs.r[GPR_RSP]);
	ctx.regs.r[GPR_RSP] += 8;
	ctx.regs.rflags = (flags & RFLAGS_REAL) | RFLAGS_FIXED;
	this_vcpu->rflags = RFLAGS_FIXED | (flags & RFLAGS_IF);
}

/* STI; HLT is one step: no interrupt may come between (SDM vol. 2, STI). */
static int is_hlt_site(uint64_t rip)
{
	uint8_t b[4];

	return !guest_read(rip, b, sizeof(b), AS_KERNEL_CODE) &&
	       (b[0] == UMVMM_TRAP_OPCODE0 || stop_own_byte(rip) == UMVMM_TRAP_OPCODE0) &&
	       b[1] == UMVMM_TRAP_OPCODE1 && b[3] == 0xf4;
}

int emulate_pushf(void)
{
	uint64_t flags = (ctx.regs.rflags & RFLAGS_REAL & ~(uint64_t)RFLAGS_RF) | RFLAGS_FIXED |
			 (this_vcpu->rflags & RFLAGS_IF);

	if (guest_write(ctx.regs.r[GPR_RSP] - 8, &flags, 8, AS_KERNEL))
		return -1;
	ctx.regs.r[GPR_RSP] -= 8;
	return 0;
}

static int invpcid(const struct sens_insn *in)
{
	uint64_t d[2], type = ctx.regs.r[in->reg & 15];

	if (guest_read(operand_address(in), d, sizeof(d), AS_KERNEL))
		return -1;
	context_invpcid(type, (unsigned int)(d[0] & 0xfff), d[1]);
	return 0;
}

static uint64_t read_dr(unsigned int n)
{
	struct vcpu *v = this_vcpu;

	return v->dr[n == 4 ? 6 : n == 5 ? 7 : n & 7];
}

static void write_dr(unsigned int n, uint64_t value)
{
	n = n == 4 ? 6 : n == 5 ? 7 : n & 7;
	if (n == 6)
		value = (value & 0xe00f) | 0xffff0ff0;
	else if (n == 7)
		value = (value & 0xffff2fff) | 0x400;
	this_vcpu->dr[n] = value;
	debug_sync();
}

int emulate_xsetbv(void)
{
	uint64_t value = (uint32_t)ctx.regs.r[GPR_RAX] | ctx.regs.r[GPR_RDX] << 32;

	/* the host's XCR0 cannot be changed: only what it has may be asked for */
	if ((uint32_t)ctx.regs.r[GPR_RCX] || (value & ~vm_page->xcr0_guest) || !(value & 1))
		return -1;
	this_vcpu->xcr0 = value;
	return 0;
}

int emulate_xgetbv(void)
{
	uint32_t lo, hi;

	if ((uint32_t)ctx.regs.r[GPR_RCX] > 1)
		return -1;
	if ((uint32_t)ctx.regs.r[GPR_RCX] == 0) {
		lo = (uint32_t)this_vcpu->xcr0;
		hi = (uint32_t)(this_vcpu->xcr0 >> 32);
	} else if (ctx.fpstate) { /* in use: what the signal frame holds */
		uint64_t in_use = *(const uint64_t *)((const uint8_t *)ctx.fpstate + 512);

		lo = (uint32_t)in_use;
		hi = (uint32_t)(in_use >> 32);
	} else {
		__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(1));
	}
	ctx.regs.r[GPR_RAX] = lo & (uint32_t)vm_page->xcr0_guest;
	ctx.regs.r[GPR_RDX] = hi;
	return 0;
}

static int lmsw(const struct sens_insn *in)
{
	uint64_t value;

	if (operand_read(in, 2, &value))
		return -1;
	write_cr(0, (this_vcpu->cr0 & ~0xeull) | (value & 0xf));
	return 0;
}

int emulate_insn(const struct sens_insn *in, uint64_t next)
{
	uint64_t value;
	int bad = 0;

	switch (in->kind) {
	case SENS_CLI:
		this_vcpu->rflags = RFLAGS_FIXED;
		break;
	case SENS_STI:
		if (is_hlt_site(next))
			this_vcpu->sti_shadow_rip = next;
		emulate_sti();
		break;
	case SENS_HLT:
		ctx.regs.rip = next;
		halt();
		return 0;
	case SENS_PUSHF:
		bad = emulate_pushf();
		break;
	case SENS_POPF:
		emulate_popf();
		break;
	case SENS_IRET:
		virtual_iretq();
		return 0;
	case SENS_SYSRET:
		virtual_sysretq();
		return 0;
	case SENS_LRET:
		virtual_lretq();
		return 0;
	case SENS_SWAPGS:
		gs_base_swap();
		break;
	case SENS_WRMSR:
		bad = emulate_wrmsr();
		break;
	case SENS_RDMSR:
		bad = emulate_rdmsr();
		break;
	case SENS_CPUID:
		emulate_cpuid();
		break;
	case SENS_RDPMC:
		bad = -1;
		break;
	case SENS_XGETBV:
		bad = emulate_xgetbv();
		break;
	case SENS_XSETBV:
		bad = emulate_xsetbv();
		break;
	case SENS_INVD:
	case SENS_WBINVD:
	case SENS_WBNOINVD:
		break;
	case SENS_INVLPG:
		mmu_invlpg(operand_address(in));
		break;
	case SENS_INVPCID:
		bad = invpcid(in);
		break;
	case SENS_RDCR:
		reg_set(in->rm, 8, 0, read_cr(in->reg));
		break;
	case SENS_WRCR:
		value = reg_get(in->rm, 8, 0);
		if (!cr_valid(in->reg, value)) {
			bad = -1;
			break;
		}
		ctx.regs.rip = next;
		write_cr(in->reg, value);
		return 0;
	case SENS_RDDR:
		reg_set(in->rm, 8, 0, read_dr(in->reg));
		break;
	case SENS_WRDR:
		write_dr(in->reg, reg_get(in->rm, 8, 0));
		break;
	case SENS_CLTS:
		this_vcpu->cr0 &= ~8ull;
		break;
	case SENS_LMSW:
		bad = lmsw(in);
		break;
	case SENS_SMSW:
		bad = operand_write(in, this_vcpu->cr0);
		break;
	case SENS_LGDT:
	case SENS_LIDT:
		bad = segment_load_table(in);
		break;
	case SENS_SGDT:
	case SENS_SIDT:
		bad = segment_store_table(in);
		break;
	case SENS_LLDT:
		bad = operand_read(in, 2, &value) ||
		      (value & ~3ull); /* no LDT: MODIFY_LDT is off */
		break;
	case SENS_LTR:
		bad = segment_load_task(in);
		break;
	case SENS_SLDT:
		bad = operand_write(in, this_vcpu->ldt.sel);
		break;
	case SENS_STR:
		bad = operand_write(in, this_vcpu->tr.sel);
		break;
	case SENS_LAR:
	case SENS_LSL:
		bad = segment_query(in);
		break;
	case SENS_VERR:
	case SENS_VERW:
		ctx.regs.rflags |= 0x40;
		break;
	case SENS_RDSEG:
		value = segment_read(in);
		bad = operand_write(in, value);
		break;
	case SENS_WRSEG:
		bad = segment_write(in);
		break;
	case SENS_PUSHSEG:
		value = segment_read(in);
		bad = guest_write(ctx.regs.r[GPR_RSP] - 8, &value, 8, AS_KERNEL);
		if (!bad)
			ctx.regs.r[GPR_RSP] -= 8;
		break;
	case SENS_IN:
	case SENS_OUT:
		emulate_port(in);
		break;
	case SENS_INS:
	case SENS_OUTS:
		bad = emulate_port_string(in);
		break;
	case SENS_RDPID:
		reg_set(in->rm, 8, 0, this_vcpu->tsc_aux);
		break;
	default:
		return -1;
	}
	if (bad) {
		inject_exception(VEC_GP, 0);
		return 0;
	}
	ctx.regs.rflags &= ~(uint64_t)RFLAGS_RF; /* the host's trap has set it */
	ctx.regs.rip = next;
	return 0;
}
