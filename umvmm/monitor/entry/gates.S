/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gates.S - the ways from the guest into the monitor and back.
 *
 * Runs: in a context, on the stack of the guest code that called the gate,
 * until a gate takes the gate stack. No host system call is made here.
 *
 * Must hold: a kick (host signal) may land on every instruction. Its handler
 * does nothing but return when RIP is in the monitor, except in the ranges
 * that RESTARTABLE names: there it moves RIP back to the restart label, where
 * `pending` is tested again. So in such a range everything must be redone
 * from what was saved before it: nothing that the range needs may be
 * overwritten inside it. What is saved lives in the vCPU page's scratch words;
 * nothing else uses these while guest code does not run.
 *
 * A trace of the monitor's stack (trace.c) ends here, as the CFI says: the guest has called.
 */
#include "gates.h"

/* Flags that need the slow way: TF, NT, AC, VM, and what must never be set. */
#define SLOW_FLAGS	0x64100

	.text
	.cfi_startproc
	.cfi_undefined rip

/* ---- saving the guest's registers, then C ---- */

/* From call gates: the return address on the guest's stack is the guest's RIP. */
gate_save_call:
	mov	%rsp, ctx + CTX_RSP
	mov	$gate_stack_top, %rsp
	pushfq
	popq	ctx + CTX_RFLAGS
	mov	%rax, REG(GPR_RAX)
	mov	ctx + CTX_RSP, %rax
	push	(%rax)
	popq	ctx + CTX_RIP
	addq	$8, ctx + CTX_RSP
	jmp	gate_save_rest

/* From jump gates: RIP is not known and not needed. */
gate_save_jump:
	mov	%rsp, ctx + CTX_RSP
	mov	$gate_stack_top, %rsp
	pushfq
	popq	ctx + CTX_RFLAGS
	mov	%rax, REG(GPR_RAX)
	movq	$0, ctx + CTX_RIP
gate_save_rest:
	mov	%rcx, REG(GPR_RCX)
	mov	%rdx, REG(GPR_RDX)
	OTHER_REGISTERS(SAVE_REGISTER)
	xor	%ebp, %ebp
	push	$2			/* DF, NT and AC are the guest's: not for C */
	popfq
	mov	SCR(15), %edi
	call	gate_call
	jmp	resume

/* ---- back to the guest: everything from ctx ---- */

	.globl resume
resume:
	cmpl	$0, VCPU_PENDING
	jne	2f
1:	cmpl	$0, ctx + CTX_REMOTE
	jne	3f
	PKU_GOTO pku_resume
	.globl	resume_kernel
resume_kernel:
	mov	REG(GPR_RAX), %rax
	mov	REG(GPR_RCX), %rcx
	mov	REG(GPR_RDX), %rdx
	OTHER_REGISTERS(LOAD_REGISTER)
	mov	$ctx + CTX_IRET, %rsp
	.globl	resume_iret
resume_iret:
	iretq
4:	cmpl	$0, VCPU_REQUEST	/* another one, while the last was looked at */
	je	1b
resume_end:
	RESTARTABLE resume, resume_end, resume
2:	mov	$gate_stack_top, %rsp
	xor	%ebp, %ebp
	cld
	call	resume_deliver
	jmp	4b
3:	mov	$gate_stack_top, %rsp
	xor	%ebp, %ebp
	cld
	call	sibling_run

/* ---- call gates with a short way ---- */

/* sti: no register and no flag changes. */
gate_sti:
	movq	$0x202, VCPU_RFLAGS
	mov	%rcx, SCR(0)
gate_sti_check:
	mov	VCPU_PENDING, %ecx
	jrcxz	1f
	mov	SCR(0), %rcx
	movq	$UMVMM_GATE_STI, SCR(15)
	jmp	gate_save_call
1:	mov	SCR(0), %rcx
	ret
gate_sti_end:
	/* the slow way out must not be restarted once it uses the stack: it is
	   not, gate_save_call lies outside; a restart before that is harmless */
	RESTARTABLE gate_sti_check, gate_sti_end, gate_sti_check

/* popf: the return address, then the flags. */
gate_popf:
	mov	%rax, SCR(0)
	mov	%rsp, SCR(1)
gate_popf_check:
	cmpl	$0, VCPU_PENDING
	jne	9f
	mov	8(%rsp), %rax
	test	$SLOW_FLAGS, %eax
	jnz	9f
	mov	%rax, SCR(2)
	and	$0x200, %eax
	or	$2, %eax
	mov	%rax, VCPU_RFLAGS
	mov	$SCR(2), %esp
	popfq
	mov	SCR(1), %rsp
	mov	SCR(0), %rax
	ret	$8
9:	mov	SCR(0), %rax
	movq	$UMVMM_GATE_POPF, SCR(15)
	jmp	gate_save_call
gate_popf_end:
gate_popf_restart:
	mov	SCR(1), %rsp
	jmp	gate_popf_check
	RESTARTABLE gate_popf_check, gate_popf_end, gate_popf_restart

/* ---- virtual IRET and SYSRET (jumped to) ---- */

gate_iretq:
	mov	%rax, SCR(0)
	mov	%rsp, SCR(1)
gate_iretq_check:
	mov	VCPU_PENDING, %eax
	or	VCPU_REFILL, %eax
	jnz	9f
	mov	16(%rsp), %rax
	test	$SLOW_FLAGS, %eax
	jnz	9f
	mov	%rax, SCR(4)		/* the frame that the real iretq takes */
	cmpl	$0x33, 8(%rsp)
	jne	2f
	mov	32(%rsp), %rax
	cmp	$0x2b, %eax
	jne	9f
	testl	$0x200, SCR(4)
	jz	9f
	cmpl	$0, VCPU_USER_SLOW
	jne	9f
	movq	$0x202, VCPU_RFLAGS
	movl	$3, VCPU_CPL
	PKU_GOTO pku_iretq
1:	mov	(%rsp), %rax
	mov	%rax, SCR(2)
	mov	24(%rsp), %rax
	mov	%rax, SCR(5)
	movq	$0x33, SCR(3)
	movq	$0x2b, SCR(6)
	mov	$SCR(2), %esp
	mov	SCR(0), %rax
	.globl gate_iretq_iret
gate_iretq_iret:
	iretq
2:	cmpl	$0x10, 8(%rsp)
	jne	9f
	and	$0x200, %eax
	or	$2, %eax
	mov	%rax, VCPU_RFLAGS
	jmp	1b
9:	mov	SCR(0), %rax
	movq	$UMVMM_GATE_IRETQ, SCR(15)
	jmp	gate_save_jump
gate_iretq_end:
	.globl	gate_iretq_restart
gate_iretq_restart:
	movl	$0, VCPU_CPL
	movq	$2, VCPU_RFLAGS
	mov	SCR(1), %rsp
	jmp	gate_iretq_check
	RESTARTABLE gate_iretq_check, gate_iretq_end, gate_iretq_restart

/* sysretq: rcx = rip, r11 = flags, rsp is the user's already. */
gate_sysretq:
	mov	%rsp, SCR(1)
gate_sysretq_check:
	mov	VCPU_PENDING, %esp
	or	VCPU_USER_SLOW, %esp
	jnz	9f
	test	$SLOW_FLAGS, %r11d
	jnz	9f
	movq	$0x202, VCPU_RFLAGS
	movl	$3, VCPU_CPL
	mov	%r11, SCR(2)
	mov	$SCR(2), %esp
	popfq
	mov	SCR(1), %rsp
	PKU_GOTO pku_sysretq
	.globl gate_sysretq_jump
gate_sysretq_jump:
	jmp	*%rcx
9:	mov	SCR(1), %rsp
	movq	$UMVMM_GATE_SYSRETQ, SCR(15)
	jmp	gate_save_jump
gate_sysretq_end:
	.globl	gate_sysretq_restart
gate_sysretq_restart:
	movl	$0, VCPU_CPL
	movq	$2, VCPU_RFLAGS
	mov	SCR(1), %rsp
	jmp	gate_sysretq_check
	RESTARTABLE gate_sysretq_check, gate_sysretq_end, gate_sysretq_restart

/*
 * The guest user's system call from a rewritten site: its stub has set rcx to
 * the return address. As SYSCALL (SDM vol. 2): r11 = RFLAGS, RFLAGS masked,
 * CPL 0; then as the swapgs that the entry point starts with. C does what is not so
 * simple (syscall_slow). Not restartable: a kick only leaves `pending`, and the guest
 * kernel soon enables interrupts.
 */
	.globl gate_syscall
gate_syscall:
	mov	%rsp, SCR(1)
	mov	$SCR(3), %esp
	pushfq
	pop	%r11
	mov	SCR(1), %rsp
	mov	%rax, SCR(0)
	test	VCPU_SYSCALL_SLOW, %r11d
	jnz	9f
	cmpl	$0, VCPU_USER_SLOW
	jne	9f
	mov	%rdx, SCR(3)
	FSGSBASE_OR rdgsbase, %rax, jmp *gate_without_fsgsbase
	mov	VCPU_KGS, %rdx
	mov	%rax, VCPU_KGS
	wrgsbase %rdx
1:	mov	SCR(0), %rax
	mov	SCR(3), %rdx
	movq	$2, VCPU_RFLAGS
	movl	$0, VCPU_CPL
	incq	VCPU_STAT_GATE
	jmp	*VCPU_LSTAR_ENTRY
2:	mov	%gs, %eax		/* is the kernel's base there still? bases.h */
	test	%eax, %eax
	jnz	gate_gs_lost
	mov	VCPU_GS_PROBE, %rdx
	.globl	gate_gs_probe, gate_gs_lost
gate_gs_probe:
	mov	%gs:(%rdx), %rax
	cmp	bases_mark, %rax
	jne	gate_gs_lost
	mov	VCPU_GS_BASE, %rax
	mov	VCPU_KGS, %rdx
	mov	%rax, VCPU_KGS
	mov	%rdx, VCPU_GS_BASE
	jmp	1b
gate_gs_lost:
	mov	SCR(3), %rdx
9:	mov	$SCR(3), %esp		/* undo what the test did to the flags */
	push	%r11
	popfq
	mov	SCR(1), %rsp
	mov	SCR(0), %rax
	movq	$(UMVMM_GATE_COUNT), SCR(15)	/* not in the table: SYSCALL by C */
	jmp	gate_save_jump
	.cfi_endproc

	.section .rodata
	.balign	8
gate_without_fsgsbase:
	.quad	2b
	.text

/* uint64_t bases_probe(uint64_t offset): what is there from the base of GS; 0 if nothing. */
	.globl	bases_probe, bases_probe_load, bases_probe_fault
bases_probe:
	.cfi_startproc
bases_probe_load:
	mov	%gs:(%rdi), %rax
	ret
bases_probe_fault:
	xor	%eax, %eax
	ret
	.cfi_endproc

/*
 * --redirect=ptrace: the tracer has cancelled the host's system call and lets
 * the user go on here, all registers as SYSCALL left them. C tells what it is.
 */
	.globl	gate_syscall_traced, gate_syscall_traced_entered
	.cfi_startproc
	.cfi_undefined rip
gate_syscall_traced:
	PKU_GOTO pku_traced
gate_syscall_traced_entered:
	movq	$UMVMM_GATE_SYSCALL, SCR(15)
	jmp	gate_save_jump

/* ---- the rest: straight to C ---- */

	.macro	PLAIN_GATE id
gate_\id:
	movq	$\id, SCR(15)
	jmp	gate_save_call
	.endm

	.altmacro
	.macro	PLAIN_GATES from, to
	i = \from
	.rept	\to - \from
	PLAIN_GATE %i
	i = i + 1
	.endr
	.endm
	.macro	TABLE_ENTRY id
	.quad	gate_\id
	.endm
	.macro	TABLE_ENTRIES from, to
	i = \from
	.rept	\to - \from
	TABLE_ENTRY %i
	i = i + 1
	.endr
	.endm

	.macro	GATE_CODE number, label
	.ifc	\label,plain
	PLAIN_GATE \number
	.endif
	.endm

#define X(number, name, form, label, insn, size) GATE_CODE number, label;
	UMVMM_GATES(X)
#undef X
	PLAIN_GATES %UMVMM_GATE_HANDOFF+1, UMVMM_GATE_COUNT

/* lretq: emulated from the stack it finds. */
gate_lretq:
	movq	$UMVMM_GATE_LRETQ, SCR(15)
	jmp	gate_save_jump
	.cfi_endproc

	.macro	GATE_ENTRY number, label
	.if	. - gate_table - 8 * \number
	.error	"gates.h: a number is left out"
	.endif
	.ifc	\label,plain
	TABLE_ENTRY \number
	.else
	.quad	\label
	.endif
	.endm

	.section .gates, "a"
gate_table:
#define X(number, name, form, label, insn, size) GATE_ENTRY number, label;
	UMVMM_GATES(X)
#undef X
	TABLE_ENTRIES %UMVMM_GATE_HANDOFF+1, UMVMM_GATE_COUNT

	.bss
	.balign	4096
gate_stack:
	.skip	16384
	.globl	gate_stack, gate_stack_top
gate_stack_top:
