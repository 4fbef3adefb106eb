/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signal.h - the host's signal frame (arch/x86/include/uapi/asm/sigcontext.h).
 *
 * Runs: monitor.
 */
#ifndef MONITOR_ENTRY_SIGNAL_H
#define MONITOR_ENTRY_SIGNAL_H

#include <stdint.h>

#include "context/host.h"

struct host_siginfo {
	int32_t signo, err, code, pad;
	uint64_t addr; /* SIGSYS: si_call_addr */
	uint32_t sys_nr, sys_arch;
};

struct host_ucontext {
	uint64_t flags, link;
	uint64_t ss_sp;
	uint32_t ss_flags, ss_pad;
	uint64_t ss_size;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2;
	uint64_t fpstate;
	uint64_t reserved[8];
	uint64_t sigmask;
};

#define SIGSTACK_SIZE 0x40000u /* from UMVMM_SIGSTACK on */

/* Was it 32-bit code? Then it was the guest's: the monitor has none. */
static inline int is_32bit(const struct host_ucontext *uc)
{
	return uc->cs == HOST_CS32;
}

/* syscall.c: the guest's system call that seccomp stopped. */
void redirect_sigsys(const struct host_siginfo *si);
/* syscall.c: SYSCALL from ctx.regs, rip behind the instruction. */
void redirect_syscall(void);
/* syscall.c: likewise at a gate, rcx and r11 as SYSCALL has left them. */
void redirect_gated(void);
/* ctx.regs from the frame of a signal that interrupted the guest. */
void signal_take_regs(const struct host_ucontext *uc);
/* What the guest has met; ctx.regs are where. */
void signal_from_guest(int sig, const struct host_siginfo *si, const struct host_ucontext *uc);
/*
 * Installs a handler for all the signals that mean something to us, and its stack.
 * SS_AUTODISARM: the host always begins at the stack's top, wherever the interrupted
 * code had its own; only for handlers that leave by rt_sigreturn.
 */
void signal_handlers(uint64_t handler, uint64_t flags, uint64_t mask, uint64_t stack,
		     uint64_t stack_size, uint32_t stack_flags);
void handle_signal(int sig, struct host_siginfo *si, struct host_ucontext *uc);

#endif
