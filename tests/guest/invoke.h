/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * invoke.h - runs machine code with all registers given, and tells how it leaves them.
 *
 * Runs: in a test, on native Linux and in the guest.
 *
 * invoke() loads regs_in and jumps to `entry`. The code ends with a jump to invoke_back,
 * through memory, so that it changes no register for that. Included by one file of a program;
 * not for threads.
 */
#ifndef INVOKE_H
#define INVOKE_H

#include <stdint.h>

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15, RSP, FLAGS, REGS };

static const char *const register_names[REGS] __attribute__((unused)) = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",	  "r9",
	"r10", "r11", "r12", "r13", "r14", "r15", "rsp", "flags",
};

uint64_t regs_in[REGS], regs_out[REGS], invoke_rsp, entry;
extern char invoke_back[];
void invoke(void);

__asm__(".text\n\t.globl invoke, invoke_back\n"
	"invoke:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, invoke_rsp(%rip)\n"
	"	pushq 8*16+regs_in(%rip); popfq\n"
	"	mov regs_in(%rip), %rax\n"
	"	mov 8*1+regs_in(%rip), %rbx\n"
	"	mov 8*2+regs_in(%rip), %rcx\n"
	"	mov 8*3+regs_in(%rip), %rdx\n"
	"	mov 8*4+regs_in(%rip), %rsi\n"
	"	mov 8*5+regs_in(%rip), %rdi\n"
	"	mov 8*6+regs_in(%rip), %rbp\n"
	"	mov 8*7+regs_in(%rip), %r8\n"
	"	mov 8*8+regs_in(%rip), %r9\n"
	"	mov 8*9+regs_in(%rip), %r10\n"
	"	mov 8*10+regs_in(%rip), %r11\n"
	"	mov 8*11+regs_in(%rip), %r12\n"
	"	mov 8*12+regs_in(%rip), %r13\n"
	"	mov 8*13+regs_in(%rip), %r14\n"
	"	mov 8*14+regs_in(%rip), %r15\n"
	"	mov 8*15+regs_in(%rip), %rsp\n"
	"	jmp *entry(%rip)\n"
	"invoke_back:\n"
	"	mov %rsp, 8*15+regs_out(%rip)\n"
	"	mov invoke_rsp(%rip), %rsp\n"
	"	pushfq; popq 8*16+regs_out(%rip)\n"
	"	cld\n"
	"	mov %rax, regs_out(%rip)\n"
	"	mov %rbx, 8*1+regs_out(%rip)\n"
	"	mov %rcx, 8*2+regs_out(%rip)\n"
	"	mov %rdx, 8*3+regs_out(%rip)\n"
	"	mov %rsi, 8*4+regs_out(%rip)\n"
	"	mov %rdi, 8*5+regs_out(%rip)\n"
	"	mov %rbp, 8*6+regs_out(%rip)\n"
	"	mov %r8, 8*7+regs_out(%rip)\n"
	"	mov %r9, 8*8+regs_out(%rip)\n"
	"	mov %r10, 8*9+regs_out(%rip)\n"
	"	mov %r11, 8*10+regs_out(%rip)\n"
	"	mov %r12, 8*11+regs_out(%rip)\n"
	"	mov %r13, 8*12+regs_out(%rip)\n"
	"	mov %r14, 8*13+regs_out(%rip)\n"
	"	mov %r15, 8*14+regs_out(%rip)\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

#endif
