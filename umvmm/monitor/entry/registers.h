/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registers.h - the general registers and their numbers (gpr.h), one after the other.
 *
 * Runs: monitor. C and assembly: X(number, name) for each.
 */
#ifndef MONITOR_ENTRY_REGISTERS_H
#define MONITOR_ENTRY_REGISTERS_H

#include <gpr.h>

/* All but rax, rcx and rdx, which gates need for themselves, and rsp. */
#define OTHER_REGISTERS(X)                                                                         \
	X(GPR_RBX, rbx) X(GPR_RBP, rbp) X(GPR_RSI, rsi) X(GPR_RDI, rdi)                            \
	X(GPR_R8, r8) X(GPR_R9, r9) X(GPR_R10, r10) X(GPR_R11, r11)                                \
	X(GPR_R12, r12) X(GPR_R13, r13) X(GPR_R14, r14) X(GPR_R15, r15)

#define ALL_REGISTERS(X)                                                                           \
	X(GPR_RAX, rax) X(GPR_RCX, rcx) X(GPR_RDX, rdx) X(GPR_RSP, rsp) OTHER_REGISTERS(X)

/* In assembly: to and from where REG() says. */
#define SAVE_REGISTER(n, name) mov %name, REG(n);
#define LOAD_REGISTER(n, name) mov REG(n), %name;

#endif
