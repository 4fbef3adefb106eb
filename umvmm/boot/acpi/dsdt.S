/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsdt.S - embeds the compiled DSDT; DSDT_AML is set by the makefile.
 */
	.section .rodata
	.globl	acpi_dsdt, acpi_dsdt_size
	.balign	16
acpi_dsdt:
	.incbin	DSDT_AML
1:
	.balign	4
acpi_dsdt_size:
	.long	1b - acpi_dsdt
	.section .note.GNU-stack, "", @progbits
