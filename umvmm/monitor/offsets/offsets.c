// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * offsets.c - offsets for assembly, from the C definitions.
 *
 * Runs: never; compiled to assembly at build time and read by monitor.mk.
 */
#include "context/sibling.h"
#include "entry/pku.h"
#include "entry/signal.h"

#define DEF(name, value) __asm__ volatile("\n->" #name " %0" : : "i"(value))

void offsets(void);
void offsets(void)
{
	DEF(VCPU_RFLAGS, UMVMM_VCPU_ADDR + offsetof(struct vcpu, rflags));
	DEF(VCPU_PENDING, UMVMM_VCPU_ADDR + offsetof(struct vcpu, pending));
	DEF(VCPU_REQUEST, UMVMM_VCPU_ADDR + offsetof(struct vcpu, request));
	DEF(VCPU_REFILL, UMVMM_VCPU_ADDR + offsetof(struct vcpu, refill));
	DEF(VCPU_CPL, UMVMM_VCPU_ADDR + offsetof(struct vcpu, cpl));
	DEF(VCPU_KGS, UMVMM_VCPU_ADDR + offsetof(struct vcpu, kgs));
	DEF(VCPU_GS_BASE, UMVMM_VCPU_ADDR + offsetof(struct vcpu, gs_base));
	DEF(VCPU_GS_PROBE, UMVMM_VCPU_ADDR + offsetof(struct vcpu, gs_probe));
	DEF(VCPU_SCRATCH, UMVMM_VCPU_ADDR + offsetof(struct vcpu, scratch));
	DEF(VCPU_LSTAR_ENTRY, UMVMM_VCPU_ADDR + offsetof(struct vcpu, lstar_entry));
	DEF(VCPU_SYSCALL_SLOW, UMVMM_VCPU_ADDR + offsetof(struct vcpu, syscall_slow));
	DEF(VCPU_STAT_GATE, UMVMM_VCPU_ADDR + offsetof(struct vcpu, stats.syscall_gate));
	DEF(VCPU_USER_SLOW, UMVMM_VCPU_ADDR + offsetof(struct vcpu, user_slow));
	DEF(CTX_REMOTE, offsetof(struct ctx, remote));
	DEF(CTX_REGS, offsetof(struct ctx, regs));
	DEF(CTX_RSP, offsetof(struct ctx, regs.r[GPR_RSP]));
	DEF(CTX_RIP, offsetof(struct ctx, regs.rip));
	DEF(CTX_RFLAGS, offsetof(struct ctx, regs.rflags));
	DEF(CTX_IRET, offsetof(struct ctx, iret));
	DEF(PKU_USER, PKRU_USER);
	DEF(PKU_RAX, PKU_SCRATCH + offsetof(struct pku_scratch, rax));
	DEF(PKU_RCX, PKU_SCRATCH + offsetof(struct pku_scratch, rcx));
	DEF(PKU_RDX, PKU_SCRATCH + offsetof(struct pku_scratch, rdx));
	DEF(PKU_IRET, PKU_SCRATCH + offsetof(struct pku_scratch, iret));
	DEF(SIBLING_NR, SIBLING_CALL);
	DEF(SIBLING_BASE_CALL, SIBLING_BASE_CALL);
	DEF(SET_FS, ARCH_SET_FS);
	DEF(SET_GS, ARCH_SET_GS);
	DEF(SIBLING_POKE8, SIBLING_POKE8);
	DEF(BOX_FRAME, SIBLING_FRAME);
	DEF(BOX_FPU, SIBLING_FPU);
	DEF(BOX_NOPS, offsetof(struct sibling_box, nops));
	DEF(BOX_AGAIN, offsetof(struct sibling_box, again));
	DEF(BOX_XMASK, offsetof(struct sibling_box, xmask));
	DEF(BOX_FS_BASE, offsetof(struct sibling_box, seg.fs_base));
	DEF(BOX_GS_BASE, offsetof(struct sibling_box, seg.gs_base));
	DEF(BOX_DS, offsetof(struct sibling_box, seg.ds));
	DEF(BOX_ES, offsetof(struct sibling_box, seg.es));
	DEF(BOX_FS, offsetof(struct sibling_box, seg.fs));
	DEF(BOX_GS, offsetof(struct sibling_box, seg.gs));
	DEF(BOX_REGS, offsetof(struct sibling_box, regs));
	DEF(BOX_SCRATCH_END, offsetof(struct sibling_box, scratch) + sizeof(uint64_t));
	DEF(BOX_RIP, offsetof(struct sibling_box, regs.rip));
	DEF(BOX_RFLAGS, offsetof(struct sibling_box, regs.rflags));
	DEF(BOX_CALL, offsetof(struct sibling_box, call));
	DEF(BOX_LEAVING, offsetof(struct sibling_box, leaving));
	DEF(BOX_ANSWER, offsetof(struct sibling_box, answer));
	DEF(BOX_SET_BASES, offsetof(struct sibling_box, set_bases));
	DEF(BOX_PATIENCE, offsetof(struct sibling_box, patience));
	DEF(BOX_KEEP_FPU, offsetof(struct sibling_box, keep_fpu));
	DEF(BOX_OP, offsetof(struct sibling_box, op));
	DEF(UC_RAX, offsetof(struct host_ucontext, rax));
	DEF(UC_RDX, offsetof(struct host_ucontext, rdx));
	DEF(UC_RCX, offsetof(struct host_ucontext, rcx));
	DEF(UC_RBX, offsetof(struct host_ucontext, rbx));
	DEF(UC_RSI, offsetof(struct host_ucontext, rsi));
	DEF(UC_RDI, offsetof(struct host_ucontext, rdi));
	DEF(UC_RBP, offsetof(struct host_ucontext, rbp));
	DEF(UC_RSP, offsetof(struct host_ucontext, rsp));
	DEF(UC_R8, offsetof(struct host_ucontext, r8));
	DEF(UC_R9, offsetof(struct host_ucontext, r9));
	DEF(UC_R10, offsetof(struct host_ucontext, r10));
	DEF(UC_R11, offsetof(struct host_ucontext, r11));
	DEF(UC_R12, offsetof(struct host_ucontext, r12));
	DEF(UC_R13, offsetof(struct host_ucontext, r13));
	DEF(UC_R14, offsetof(struct host_ucontext, r14));
	DEF(UC_R15, offsetof(struct host_ucontext, r15));
	DEF(UC_RIP, offsetof(struct host_ucontext, rip));
}
