/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gates.h - the list of gates, by which rewritten kernel code calls the monitor.
 *
 * Runs: nowhere by itself. Included by abi.h. The rewriter takes from it which instruction
 * becomes which gate (afterburn/rewrite.c), the assembly its table (monitor/entry/gates.S), and
 * the compiler sees whether C has a case for each (monitor/entry/gate.c).
 *
 * Rewritten code does call/jmp *disp32 through UMVMM_GATE_TABLE + 8 * number. The absolute
 * form keeps a site position independent: ftrace trampolines and alternatives copy code.
 *
 * Must hold: the numbers ascend from 0 without a gap.
 */
#ifndef UMVMM_GATES_H
#define UMVMM_GATES_H

/*
 * Number, name, how it is entered, where (a label of the monitor; plain: straight to C), the
 * instruction in its place (SENS_*; NONE: not found by this list), of which operand size (0: any).
 */
#define UMVMM_GATES(X)                                            \
	X(0, STI, CALL, gate_sti, STI, 0)                         \
	X(1, POPF, CALL, gate_popf, POPF, 8)                      \
	/* leaves RFLAGS on the stack */                          \
	X(2, PUSHF, CALL, plain, PUSHF, 8)                        \
	X(3, IRETQ, JUMP, gate_iretq, IRET, 8)                    \
	X(4, SYSRETQ, JUMP, gate_sysretq, SYSRET, 8)              \
	X(5, LRETQ, JUMP, gate_lretq, LRET, 8)                    \
	X(6, HLT, CALL, plain, HLT, 0)                            \
	/* the pair sti; hlt, atomically */                       \
	X(7, STI_HLT, CALL, plain, NONE, 0)                       \
	X(8, WRMSR, CALL, plain, WRMSR, 0)                        \
	X(9, RDMSR, CALL, plain, RDMSR, 0)                        \
	X(10, CPUID, CALL, plain, CPUID, 0)                       \
	X(11, RDPMC, CALL, plain, RDPMC, 0)                       \
	X(12, XGETBV, CALL, plain, XGETBV, 0)                     \
	X(13, XSETBV, CALL, plain, XSETBV, 0)                     \
	X(14, WBINVD, CALL, plain, WBINVD, 0)                     \
	X(15, CLTS, CALL, plain, CLTS, 0)                         \
	/* the port in DX */                                      \
	X(16, IN8, CALL, plain, IN, 1)                            \
	X(17, IN16, CALL, plain, IN, 2)                           \
	X(18, IN32, CALL, plain, IN, 4)                           \
	X(19, OUT8, CALL, plain, OUT, 1)                          \
	X(20, OUT16, CALL, plain, OUT, 2)                         \
	X(21, OUT32, CALL, plain, OUT, 4)                         \
	/* by the tracer: behind a user SYSCALL */                \
	X(22, SYSCALL, JUMP, gate_syscall_traced, NONE, 0)        \
	/* by the tracer: the same in a user sibling */           \
	X(23, SIBLING, JUMP, sibling_gate, NONE, 0)               \
	/* no gate: where a sibling's hand-off returns to */      \
	X(24, HANDOFF, JUMP, sibling_resume, NONE, 0)

/* One for each register, called: the first's number, name. */
#define UMVMM_REGISTER_GATES(X)                                   \
	/* + cr * 16 + reg, cr 0..8 */                            \
	X(32, RDCR)                                               \
	X(176, WRCR)                                              \
	/* + reg: invlpg (reg) */                                 \
	X(320, INVLPG)                                            \
	/* + reg: mov reg, %fs, where the host has no FSGSBASE */ \
	X(336, WRFS)                                              \
	X(352, WRGS)
#define UMVMM_GATE_COUNT 368

#ifdef __ASSEMBLER__
#define X(number, name, form, label, insn, size) .set UMVMM_GATE_##name, number;
	UMVMM_GATES(X)
#undef X
#define X(number, name) .set UMVMM_GATE_##name, number;
	UMVMM_REGISTER_GATES(X)
#undef X
#else
enum umvmm_gate {
#define X(number, name, form, label, insn, size) UMVMM_GATE_##name = number,
	UMVMM_GATES(X)
#undef X
};
enum umvmm_register_gate {
#define X(number, name) UMVMM_GATE_##name = number,
	UMVMM_REGISTER_GATES(X)
#undef X
};
#endif

#endif
