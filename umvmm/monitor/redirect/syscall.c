// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall.c - the guest user's system calls: SIGSYS, the tracer, and rewriting
 * their sites.
 *
 * Runs: monitor, on the signal stack or (redirect_gated) on the gate stack.
 * The seccomp filter lets no system call through from outside the monitor.
 */
#include "context/context.h"
#include "cpu/cpu.h"
#include "cpu/exception.h"
#include "debugger/stop.h"
#include "entry/signal.h"
#include "mmu/mmu.h"
#include "report/report.h"
#include "site.h"

#define INT80_SIZE    2
#define SYSCALL_SIZE  2
#define VSYSCALL_PAGE 0xffffffffff600000ull

/*
 * A call for 32-bit programs, which the guest kernel has none of. INT 0x80: its IDT
 * says what that is. Else SYSENTER, or the SYSCALL of 32-bit code on an AMD CPU: the
 * host has lost where it was, so there is no way on.
 */
static void refuse_32bit(void)
{
	uint8_t code[INT80_SIZE];

	if (!guest_read(ctx.regs.rip - INT80_SIZE, code, sizeof(code), code_rights()) &&
	    code[0] == 0xcd && code[1] == 0x80) {
		inject_software(0x80, INT80_SIZE);
		return;
	}
	ctx.regs.rip = 0;
	inject_exception(VEC_GP, 0);
}

void redirect_sigsys(const struct host_siginfo *si)
{
	struct vcpu *v = this_vcpu;

	if (si->sys_arch != AUDIT_ARCH_X86_64) {
		refuse_32bit();
		return;
	}
	/*
	 * The host emulates its vsyscall page: it asks the filter, then returns to
	 * the caller. The guest has no such page: undo the return, and fault.
	 */
	if (si->addr >= VSYSCALL_PAGE) {
		ctx.regs.rip = si->addr;
		ctx.regs.r[GPR_RSP] -= 8;
		inject_page_fault(si->addr, PF_U | PF_I);
		return;
	}
	v->stats.syscall_sigsys++;
	if (vm_page->redirect == REDIRECT_GATE)
		site_seen(ctx.regs.rip);
	redirect_syscall(); /* seccomp has put rax back */
}

void redirect_gated(void)
{
	struct vcpu_stats *stats = &this_vcpu->stats;

	if (vm_page->redirect == REDIRECT_PTRACE)
		stats->syscall_ptrace++;
	else
		stats->syscall_gate++;
	ctx.regs.rip = ctx.regs.r[GPR_RCX];
	ctx.regs.rflags = stop_hide_tf(ctx.regs.r[GPR_R11], ctx.regs.rip);
	ctx.user_cs = HOST_CS;
	redirect_syscall();
}

/* SYSCALL is for user code, and only while EFER.SCE is set (SDM vol. 2). */
void redirect_syscall(void)
{
	if (!(this_vcpu->efer & EFER_SCE) || this_vcpu->cpl != 3) {
		ctx.regs.rip -= SYSCALL_SIZE;
		inject_exception(VEC_UD, 0);
		return;
	}
	ctx.regs.r[GPR_RCX] = ctx.regs.rip;
	ctx.regs.r[GPR_R11] = ctx.regs.rflags | RFLAGS_IF;
	enter_syscall();
}
