/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registers.h - the general registers and their numbers in struct regs (vm.h).
 *
 * Runs: monitor. C and assembly: X(number, name) for each.
 */
#ifndef MONITOR_ENTRY_REGISTERS_H
#define MONITOR_ENTRY_REGISTERS_H

/* All but rax, rcx and rdx, which gates need for themselves, and rsp. */
#define OTHER_REGISTERS(X)                                                                         \
	X(3, rbx) X(5, rbp) X(6, rsi) X(7, rdi) X(8, r8) X(9, r9) X(10, r10) X(11, r11)            \
	X(12, r12) X(13, r13) X(14, r14) X(15, r15)

#define ALL_REGISTERS(X) X(0, rax) X(1, rcx) X(2, rdx) X(4, rsp) OTHER_REGISTERS(X)

/* In assembly: to and from where REG() says. */
#define SAVE_REGISTER(n, name) mov %name, REG(n);
#define LOAD_REGISTER(n, name) mov REG(n), %name;

#endif
