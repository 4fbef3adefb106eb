/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sibling_entry.S - all the code of a user sibling.
 *
 * Runs: in a sibling, whose user code may jump to any byte of it with any
 * registers. Its own state is the mailbox at UMVMM_SIBLING, which user code may
 * write, too.
 *
 * Must hold: the sibling's filter (tracer/policy/seccomp.c) lets only two kinds of calls
 * through: the hand-off at sibling_resume, in which the context finds us
 * stopped, and calls with the cookie in them. The cookie comes from the context
 * as the hand-off's result. From there to rt_sigreturn no register that user code
 * may have set is used, no memory that it may have written is trusted with the
 * cookie, no stack is needed, and all that held the cookie is overwritten. A
 * kick may land there, as signals are enabled at the gate: then the context wipes the
 * frame and does that stretch once more (sibling.c).
 *
 * One call needs no cookie, at its address: that for a base of FS or GS. Whatever user code
 * makes of it, it changes its own, as WRFSBASE does.
 *
 * A polled call is told and answered by words of the mailbox. There is no cookie in that,
 * and nothing that user code could not do by itself: from sibling_go on it loads what the
 * mailbox holds, and jumps. A kick between the answer and that jump finds the context
 * with all that it needs to answer once more.
 */
#include <asm/unistd.h>

#include "entry/gates.h"

#define BOX(field)	UMVMM_SIBLING + BOX_##field
#undef REG
#define REG(n)		BOX(REGS) + 8 * (n)

/* Only if it differs: loading one costs. */
.macro LOAD_SEGMENT reg, from:vararg
	mov	%\reg, %eax
	cmp	\from, %ax
	je	8f
	mov	\from, %\reg
8:
.endm

.macro SAVE_SEGMENTS
	FSGSBASE_OR rdfsbase, %rax, nop
	mov	%rax, BOX(FS_BASE)
	FSGSBASE_OR rdgsbase, %rax, nop
	mov	%rax, BOX(GS_BASE)
	mov	%ds, BOX(DS)
	mov	%es, BOX(ES)
	mov	%fs, BOX(FS)
	mov	%gs, BOX(GS)
.endm

.macro LOAD_BASES
	mov	BOX(FS_BASE), %rax
	FSGSBASE_OR wrfsbase, %rax, nop
	mov	BOX(GS_BASE), %rax
	FSGSBASE_OR wrgsbase, %rax, nop
.endm

/* The TSC, in rax; rdx is lost. */
.macro READ_TSC
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
.endm

	.text
	.globl	sibling_site_gate, sibling_gate, sibling_signal, sibling_enter, sibling_resume
	.globl	sibling_saved, sibling_spin, sibling_spin_end, sibling_gate_end, sibling_resume_end
	.globl	sibling_go, sibling_go_end

/*
 * A system call that the tracer redirects, as it was after SYSCALL: the return
 * address in rcx and the flags in r11. Or from a stub of site.c, with rcx set only.
 */
sibling_site_gate:
	.cfi_startproc
	.cfi_undefined rip		/* the user's */
	mov	%rsp, REG(GPR_RSP)
	mov	$UMVMM_SIBLING + BOX_SCRATCH_END, %esp
	pushfq
	pop	%r11
	mov	REG(GPR_RSP), %rsp
sibling_gate:
	ALL_REGISTERS(SAVE_REGISTER)
	mov	BOX(XMASK), %eax
	mov	BOX(XMASK) + 4, %edx
	xsave64	UMVMM_SIBLING + BOX_FPU
sibling_saved:
	SAVE_SEGMENTS
	READ_TSC
	mov	BOX(PATIENCE), %r12d
	add	%rax, %r12			/* not longer than until then */
	mov	BOX(ANSWER), %ebx
	inc	%ebx
	mov	%ebx, BOX(CALL)
sibling_spin:
	cmp	BOX(ANSWER), %ebx
	je	sibling_go
	pause
	READ_TSC
	cmp	%r12, %rax
	jb	sibling_spin
sibling_spin_end:
	xor	%edi, %edi			/* SIBLING_SYSCALL */
	movl	$1, BOX(LEAVING)
	jmp	sibling_enter

/* A host signal, with all signals blocked: rdi number, rsi siginfo, rdx ucontext. */
sibling_signal:
	movl	$1, BOX(LEAVING)
	SAVE_SEGMENTS
sibling_enter:
	mov	$SIBLING_NR, %eax
	syscall
sibling_gate_end:

/* The context has answered: rax is the cookie. Its halves go to r10 and r8 of each call. */
sibling_resume:
	jmp	1f

/* Without FSGSBASE: the bases that shall be set. Goes on at r12. */
sibling_bases:
	mov	BOX(SET_BASES), %r14d
	mov	$SET_FS, %edi
	mov	BOX(FS_BASE), %rsi
2:	shr	$1, %r14d
	jnc	3f
	.org	sibling_resume + SIBLING_BASE_CALL - 7, 0x90
	mov	$__NR_arch_prctl, %eax
	syscall
3:	cmp	$SET_GS, %edi
	je	4f
	mov	$SET_GS, %edi
	mov	BOX(GS_BASE), %rsi
	jmp	2b
4:	jmp	*%r12

1:	mov	%rax, %rbx
	shr	$32, %rbx
	shl	$32, %rbx
	mov	%rax, %r13
	shl	$32, %r13
	xor	%ebp, %ebp
	mov	BOX(NOPS), %r14
1:	cmp	%r14, %rbp
	jae	3f
	mov	%rbp, %r12
	shl	$6, %r12
	mov	BOX(OP)(%r12), %rax
	mov	BOX(OP) + 8(%r12), %rdi
	mov	BOX(OP) + 16(%r12), %rsi
	mov	BOX(OP) + 24(%r12), %rdx
	mov	BOX(OP) + 32(%r12), %r10
	mov	BOX(OP) + 40(%r12), %r8
	mov	BOX(OP) + 48(%r12), %r9
	cmp	$SIBLING_POKE8, %rax
	je	6f
	or	%rbx, %r10
	or	%r13, %r8
	syscall
	test	%rax, %rax
	js	2f
	mov	%rax, BOX(OP) + 56(%r12)
	inc	%rbp
	jmp	1b
6:	mov	%rsi, (%rdi)
	inc	%rbp
	jmp	1b
2:	mov	%rax, %rdx
	mov	%rbp, %rsi
	mov	$-2, %rdi			/* SIBLING_FAILED */
	jmp	9f
3:	cmpq	$0, BOX(AGAIN)
	je	4f
	mov	$-1, %rdi			/* SIBLING_DONE */
9:	mov	%rbx, %r10			/* it is we who say so */
	mov	%r13, %r8
	jmp	sibling_enter

/* The user: segment registers, then all else by rt_sigreturn. */
4:	mov	$5f, %r12d
	cmpl	$0, BOX(SET_BASES)
	jne	sibling_bases			/* this makes the selectors null */
5:	LOAD_SEGMENT ds, BOX(DS)
	LOAD_SEGMENT es, BOX(ES)
	LOAD_SEGMENT fs, BOX(FS)
	LOAD_SEGMENT gs, BOX(GS)
	LOAD_BASES
	mov	$UMVMM_SIBLING + BOX_FRAME, %esp
	mov	%rbx, %r10
	mov	%r13, %r8
	mov	$__NR_rt_sigreturn, %eax
	syscall
	ud2
sibling_resume_end:

/* Answered by word. The selectors are those that the call was made with. */
sibling_go:
	LOAD_BASES
	mov	$2f, %r12d
	cmpl	$0, BOX(SET_BASES)
	jne	sibling_bases
2:	cmpl	$0, BOX(KEEP_FPU)
	jne	1f
	mov	BOX(XMASK), %eax
	mov	BOX(XMASK) + 4, %edx
	xrstor64 UMVMM_SIBLING + BOX_FPU
1:	mov	REG(GPR_RAX), %rax
	mov	REG(GPR_RCX), %rcx
	mov	REG(GPR_RDX), %rdx
	OTHER_REGISTERS(LOAD_REGISTER)
	mov	$UMVMM_SIBLING + BOX_RFLAGS, %esp
	popfq
	mov	REG(GPR_RSP), %rsp
	jmp	*BOX(RIP)
	.cfi_endproc
sibling_go_end:
