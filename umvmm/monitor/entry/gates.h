/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gates.h - what the assembly of gates.S and rights.S shares.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_ENTRY_GATES_H
#define MONITOR_ENTRY_GATES_H

#include <umvmm/abi.h>
#include "offsets.h"
#include "registers.h"

#define SCR(n)	(VCPU_SCRATCH + 8 * (n))
#define REG(n)	(ctx + CTX_REGS + 8 * (n))

/* A kick in [from, to) goes on at label; see gates.S. */
.macro RESTARTABLE from, to, label
	.pushsection .restart, "a"
	.quad	\from, \to, \label
	.popsection
.endm

/* A nop, which --isolation pku replaces by a jump (pku.c). */
.macro PKU_GOTO to
	.pushsection .pku_sites, "a"
	.quad	661f, \to
	.popsection
661:	.byte	0x0f, 0x1f, 0x44, 0x00, 0x00
.endm

/*
 * An instruction of up to 8 bytes that needs FSGSBASE, and what is there without
 * (bases.c).
 */
.macro FSGSBASE_OR insn:req, reg:req, other:vararg
	.pushsection .bases_other, "a"
663:	\other
	.org	663b + 8, 0x90
	.popsection
	.pushsection .bases_sites, "a"
	.quad	661f, 663b
	.popsection
661:	\insn \reg
	.org	661b + 8, 0x90
.endm

#endif
