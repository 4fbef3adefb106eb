/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dsdt.S - embeds the compiled DSDT; DSDT_AML is set by the makefile.
 */
	.section .rodata
	.globl	acpi_dsdt, acpi_dsdt_end
	.balign	16
acpi_dsdt:
	.incbin	DSDT_AML
acpi_dsdt_end:
	.section .note.GNU-stack, "", @progbits
