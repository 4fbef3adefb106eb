/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.S - the first instructions of a zygote, and the return from host signals.
 *
 * Runs: in a context, monitor only.
 */
	.text
	.globl	_start
_start:
	mov	$gate_stack_top, %rsp
	xor	%ebp, %ebp
	call	monitor_main
	ud2

	.globl	signal_restorer
signal_restorer:
	mov	$15, %eax		/* rt_sigreturn */
	syscall
	ud2
