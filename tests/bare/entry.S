/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry.S - start of a freestanding guest, and its way through the IDT.
 *
 * Runs: in the guest, virtual CPL 0, as the 64-bit boot protocol enters it:
 * long mode, identity mapped, interrupts off. Every vector has a stub that
 * makes the same frame (struct frame of lib.h).
 */
	.text
	.globl	bare_start
bare_start:
	mov	$stack_top, %rsp
	mov	%rsi, boot_params
	xor	%ebp, %ebp
	call	lib_main
1:	jmp	1b

	.altmacro
	.macro	STUB n
vector_\n:
	/* DF TS NP SS GP PF AC CP have an error code */
	.if	\n < 32
	.if	!((0x227d00 >> \n) & 1)
	push	$0
	.endif
	.else
	push	$0
	.endif
	push	$\n
	jmp	common
	.endm
	.macro	ENTRY_OF n
	.quad	vector_\n
	.endm

	i = 0
	.rept	256
	STUB	%i
	i = i + 1
	.endr
	.noaltmacro /* the wrapper's macros are not made for it */

common:
	push	%rax
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	call	lib_trap
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

/*
 * enter_user(rip, rsp): to CPL 3, until user code makes `int $0x80`, whose
 * handler calls leave_user. enter_user_regs(regs, flags): with all registers set.
 */
	.globl	enter_user, enter_user_regs, leave_user
enter_user:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, user_return
	push	$0x2b
	push	%rsi
	push	$0x202
	push	$0x33
	push	%rdi
	iretq
enter_user_regs:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, user_return
	mov	$0x2b, %eax
	mov	%eax, %ds
	mov	%eax, %es
	push	%rax
	push	32(%rdi)
	push	%rsi
	mov	124(%rdi), %eax
	push	%rax
	mov	120(%rdi), %eax
	push	%rax
	mov	0(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rbx
	mov	40(%rdi), %rbp
	mov	48(%rdi), %rsi
	mov	64(%rdi), %r8
	mov	72(%rdi), %r9
	mov	80(%rdi), %r10
	mov	88(%rdi), %r11
	mov	96(%rdi), %r12
	mov	104(%rdi), %r13
	mov	112(%rdi), %r14
	mov	0(%rdi), %r15
	mov	56(%rdi), %rdi
	iretq
leave_user:
	mov	user_return, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.section .rodata
	.balign	8
	.globl	vector_table
vector_table:
	.altmacro
	i = 0
	.rept	256
	ENTRY_OF %i
	i = i + 1
	.endr
	.noaltmacro

	.bss
	.balign	16
user_return:
	.skip	16
stack:
	.skip	65536
stack_top:
	.section .note.GNU-stack, "", @progbits
