/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start.S - the first instructions of a zygote, and the return from host signals.
 *
 * Runs: in a context, monitor only.
 */
#include <asm/unistd.h>

#include "offsets.h"

	.text
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined rip		/* nothing has called it */
	mov	$gate_stack_top, %rsp
	xor	%ebp, %ebp
	call	monitor_main
	ud2
	.cfi_endproc

/*
 * What handlers return to, with their struct host_ucontext at rsp. CFI as the C library's
 * restorer has: the frame is the interrupted code's, all registers are in there. An unwinder
 * looks for the caller of a handler one byte before this.
 */
.macro SAVED reg, offset		/* DW_CFA_expression: DW_OP_breg7 offset */
	.cfi_escape 0x10, \reg, 3, 0x77, (\offset & 0x7f) | 0x80, \offset >> 7
.endm
	.cfi_startproc
	.cfi_signal_frame
	/* DW_CFA_def_cfa_expression: DW_OP_breg7 UC_RSP, DW_OP_deref */
	.cfi_escape 0x0f, 4, 0x77, (UC_RSP & 0x7f) | 0x80, UC_RSP >> 7, 0x06
	SAVED	0, UC_RAX		/* by DWARF's numbers */
	SAVED	1, UC_RDX
	SAVED	2, UC_RCX
	SAVED	3, UC_RBX
	SAVED	4, UC_RSI
	SAVED	5, UC_RDI
	SAVED	6, UC_RBP
	SAVED	8, UC_R8
	SAVED	9, UC_R9
	SAVED	10, UC_R10
	SAVED	11, UC_R11
	SAVED	12, UC_R12
	SAVED	13, UC_R13
	SAVED	14, UC_R14
	SAVED	15, UC_R15
	SAVED	16, UC_RIP
	nop
	.globl	signal_restorer
	.type	signal_restorer, @function
signal_restorer:
	mov	$__NR_rt_sigreturn, %eax
	syscall
	ud2
	.cfi_endproc
