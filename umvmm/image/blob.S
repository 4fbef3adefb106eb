/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blob.S - embeds the monitor; MONITOR_ELF is set by the makefile.
 */
	.section .rodata
	.globl	monitor_elf, monitor_elf_end
	.balign	64
monitor_elf:
	.incbin	MONITOR_ELF
monitor_elf_end:
	.section .note.GNU-stack, "", @progbits
