/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rights.S - --isolation pku: where the rights of the kernel and those of the
 * users change. The gates come here by PKU_GOTO.
 *
 * Runs: in a context. WRPKRU wants rax, rcx and rdx, so what these hold for the
 * user goes through PKU_SCRATCH, the only data that is at hand with the user's
 * rights. No flag is changed.
 *
 * Must hold: the rule of gates.S. In addition the handler of a kick gives back all
 * rights when it restarts a range; and whatever runs here with the user's rights
 * can be done to itself by any user, so no more than that.
 */
#include "gates.h"

.macro RIGHTS value
	mov	$\value, %eax
	mov	$0, %ecx
	mov	$0, %edx
	wrpkru
.endm

.macro SAVE
	mov	%rax, PKU_RAX
	mov	%rcx, PKU_RCX
	mov	%rdx, PKU_RDX
.endm

.macro LOAD
	mov	PKU_RAX, %rax
	mov	PKU_RCX, %rcx
	mov	PKU_RDX, %rdx
.endm

	.text
	.globl	pku_text_start
pku_text_start:

/* The host starts a handler with the rights to key 0 only: its stack. */
	.globl	pku_signal_entry
pku_signal_entry:
	.cfi_startproc
	mov	%rdx, %r8
	RIGHTS	0
	mov	%r8, %rdx
	jmp	handle_signal
	.cfi_endproc

/* From resume: everything from ctx. */
	.globl	pku_resume
	.cfi_startproc
	.cfi_undefined rip		/* as in gates.S */
pku_resume:
	cmpl	$3, VCPU_CPL
	jne	resume_kernel
	mov	REG(GPR_RAX), %rax
	mov	REG(GPR_RCX), %rcx
	mov	REG(GPR_RDX), %rdx
	SAVE
	.irp	word, 0, 8, 16, 24, 32
	mov	ctx + CTX_IRET + \word, %rax
	mov	%rax, PKU_IRET + \word
	.endr
	OTHER_REGISTERS(LOAD_REGISTER)
	mov	$PKU_IRET, %rsp
	RIGHTS	PKU_USER
	LOAD
	.globl	pku_resume_iret
pku_resume_iret:
	iretq
pku_resume_end:
	RESTARTABLE pku_resume, pku_resume_end, resume

/* From gate_iretq: the user's rax is in SCR(0), the checked flags in SCR(4). */
	.globl	pku_iretq
pku_iretq:
	mov	SCR(0), %rax
	SAVE
pku_iretq_saved:
	mov	(%rsp), %rax
	mov	%rax, PKU_IRET
	mov	24(%rsp), %rax
	mov	%rax, PKU_IRET + 24
	mov	SCR(4), %rax
	mov	%rax, PKU_IRET + 16
	movq	$0x33, PKU_IRET + 8
	movq	$0x2b, PKU_IRET + 32
	mov	$PKU_IRET, %rsp
	RIGHTS	PKU_USER
	LOAD
	.globl	pku_iretq_iret
pku_iretq_iret:
	iretq
pku_iretq_end:
pku_iretq_restart:
	LOAD
	jmp	gate_iretq_restart
	RESTARTABLE pku_iretq, pku_iretq_saved, gate_iretq_restart
	RESTARTABLE pku_iretq_saved, pku_iretq_end, pku_iretq_restart

/* From gate_sysretq: flags and stack are the user's already. */
	.globl	pku_sysretq
pku_sysretq:
	SAVE
pku_sysretq_saved:
	RIGHTS	PKU_USER
	LOAD
	.globl	pku_sysretq_jump
pku_sysretq_jump:
	jmp	*%rcx
pku_sysretq_end:
pku_sysretq_restart:
	LOAD
	jmp	gate_sysretq_restart
	RESTARTABLE pku_sysretq, pku_sysretq_saved, gate_sysretq_restart
	RESTARTABLE pku_sysretq_saved, pku_sysretq_end, pku_sysretq_restart

/* From a stub of site_stub.c, all registers as SYSCALL leaves them but r11. */
	.globl	pku_site
pku_site:
	SAVE
	RIGHTS	0
	LOAD
	jmp	gate_syscall

/* From the tracer, which has changed nothing but RIP (and RAX back). */
	.globl	pku_traced
pku_traced:
	SAVE
	RIGHTS	0
	LOAD
	jmp	gate_syscall_traced_entered
	.cfi_endproc

	.globl	pku_text_end
pku_text_end:
