// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * offsets.c - offsets for assembly, from the C definitions.
 *
 * Runs: never; compiled to assembly at build time and read by monitor.mk.
 */
#include "../context.h"
#include "../pku.h"

#define DEF(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))

void offsets(void);
void offsets(void)
{
	DEF(VCPU_RFLAGS, UMVMM_VCPU_ADDR + offsetof(struct vcpu, rflags));
	DEF(VCPU_PENDING, UMVMM_VCPU_ADDR + offsetof(struct vcpu, pending));
	DEF(VCPU_REFILL, UMVMM_VCPU_ADDR + offsetof(struct vcpu, refill));
	DEF(VCPU_CPL, UMVMM_VCPU_ADDR + offsetof(struct vcpu, cpl));
	DEF(VCPU_KGS, UMVMM_VCPU_ADDR + offsetof(struct vcpu, kgs));
	DEF(VCPU_SCRATCH, UMVMM_VCPU_ADDR + offsetof(struct vcpu, scratch));
	DEF(VCPU_LSTAR_ENTRY, UMVMM_VCPU_ADDR + offsetof(struct vcpu, lstar_entry));
	DEF(VCPU_STAT_GATE, UMVMM_VCPU_ADDR + offsetof(struct vcpu, stats.syscall_gate));
	DEF(CTX_REGS, offsetof(struct ctx, regs));
	DEF(CTX_RSP, offsetof(struct ctx, regs.r[4]));
	DEF(CTX_RIP, offsetof(struct ctx, regs.rip));
	DEF(CTX_RFLAGS, offsetof(struct ctx, regs.rflags));
	DEF(CTX_IRET, offsetof(struct ctx, iret));
	DEF(PKU_USER, PKRU_USER);
	DEF(PKU_RAX, PKU_SCRATCH + offsetof(struct pku_scratch, rax));
	DEF(PKU_RCX, PKU_SCRATCH + offsetof(struct pku_scratch, rcx));
	DEF(PKU_RDX, PKU_SCRATCH + offsetof(struct pku_scratch, rdx));
	DEF(PKU_IRET, PKU_SCRATCH + offsetof(struct pku_scratch, iret));
}
