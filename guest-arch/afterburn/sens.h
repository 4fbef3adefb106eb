/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sens.h - decode sensitive instructions and the moves that touch devices.
 *
 * Runs: freestanding in the monitor, and in the loader, verifier and tests.
 * 64-bit code only.
 */
#ifndef UMVMM_SENS_H
#define UMVMM_SENS_H

#include <stddef.h>
#include <stdint.h>

enum sens_kind {
	SENS_NONE,
	/* interrupt flag and flags */
	SENS_CLI, SENS_STI, SENS_HLT, SENS_PUSHF, SENS_POPF,
	/* returns and far transfers */
	SENS_IRET, SENS_SYSRET, SENS_SYSEXIT, SENS_LRET, SENS_FARCALL, SENS_FARJMP,
	SENS_SYSCALL, SENS_SYSENTER, SENS_INT, SENS_INT1, SENS_INT3, SENS_UD2,
	/* machine state */
	SENS_SWAPGS, SENS_WRMSR, SENS_RDMSR, SENS_CPUID, SENS_RDPMC, SENS_RDTSC, SENS_RDTSCP,
	SENS_RDPID, SENS_XGETBV, SENS_XSETBV, SENS_XSAVES, SENS_XRSTORS, SENS_RDPKRU, SENS_WRPKRU,
	SENS_RDFSBASE, SENS_RDGSBASE, SENS_WRFSBASE, SENS_WRGSBASE, SENS_STAC, SENS_CLAC,
	SENS_MONITOR, SENS_MWAIT,
	/* caches and TLB */
	SENS_INVD, SENS_WBINVD, SENS_WBNOINVD, SENS_INVLPG, SENS_INVPCID,
	/* control and debug registers; reg is the CR or DR, rm the other one */
	SENS_RDCR, SENS_WRCR, SENS_RDDR, SENS_WRDR, SENS_CLTS, SENS_LMSW, SENS_SMSW,
	/* descriptor tables and selectors */
	SENS_LGDT, SENS_LIDT, SENS_SGDT, SENS_SIDT, SENS_LLDT, SENS_LTR, SENS_SLDT, SENS_STR,
	SENS_LAR, SENS_LSL, SENS_VERR, SENS_VERW,
	/* segment registers; reg is the segment register */
	SENS_RDSEG, SENS_WRSEG, SENS_PUSHSEG, SENS_POPSEG, SENS_LOADFAR,
	/* ports; imm is the port where has_imm is set, else it is in DX */
	SENS_IN, SENS_OUT, SENS_INS, SENS_OUTS,
	SENS_LAST_SENSITIVE = SENS_OUTS,

	/*
	 * Not sensitive: what reads and writes device memory. Where is_mem is
	 * clear, both operands are registers.
	 */
	SENS_LOAD,	/* reg = rm */
	SENS_STORE,	/* rm = reg, or imm where has_imm is set */
	SENS_MOVZX,	/* reg = zero-extended rm of src_size */
	SENS_MOVSX,	/* reg = sign-extended rm of src_size */
	SENS_STOS, SENS_MOVS, SENS_LODS, /* addresses implied: RDI, RSI */
	SENS_ADD, SENS_OR, SENS_ADC, SENS_SBB, SENS_AND, SENS_SUB, SENS_XOR, SENS_CMP,
	SENS_TEST, SENS_XCHG, SENS_CMPXCHG, SENS_XADD,
	SENS_NOT, SENS_NEG, SENS_INC, SENS_DEC,
	SENS_BT, SENS_BTS, SENS_BTR, SENS_BTC,
	SENS_KINDS
};

#define SENS_NOREG	 0xff

/* Results of sens_decode(). */
#define SENS_OK		 0
#define SENS_UNKNOWN	 -1 /* no row of the table matches */
#define SENS_TRUNCATED	 -2 /* the bytes end within the instruction */
#define SENS_TOO_LONG	 -3 /* more than 15 bytes: #GP on a CPU */

#define SENS_MAX_LENGTH	 15

struct sens_insn {
	uint8_t kind;	   /* enum sens_kind */
	uint8_t len;	   /* bytes, prefixes included */
	uint8_t op_size;   /* bytes: 1, 2, 4, 8; of the destination for movzx, movsx */
	uint8_t src_size;  /* bytes; differs from op_size for movzx, movsx */
	uint8_t addr_size; /* bytes: 4 or 8 */
	uint8_t reg;	   /* ModRM.reg with REX.R, or the register in the opcode */
	uint8_t rm;	   /* ModRM.rm with REX.B if it is a register, else SENS_NOREG */
	uint8_t reg_high;  /* reg is AH, CH, DH or BH: bits 8..15 of register reg */
	uint8_t rm_high;   /* likewise rm */
	uint8_t is_mem;	   /* the rm operand is memory: base and the rest are valid */
	uint8_t base;	   /* register, or SENS_NOREG */
	uint8_t index;	   /* register, or SENS_NOREG */
	uint8_t scale;	   /* 1, 2, 4, 8 */
	uint8_t rip_rel;   /* disp is relative to the next instruction */
	uint8_t segment;   /* override: 4 for FS, 5 for GS, else SENS_NOREG */
	uint8_t rep;	   /* 0, 0xf2, 0xf3 */
	uint8_t lock;
	uint8_t rex;	   /* the REX byte or 0 */
	uint8_t mem_dest;  /* add .. xor, bts ..: rm is the destination (else reg is) */
	uint8_t has_imm;
	int64_t disp;
	int64_t imm;	   /* sign-extended */
};

/* Decodes the instruction at p, of which n bytes may be read. */
int sens_decode(const uint8_t *p, size_t n, struct sens_insn *out)
	__attribute__((warn_unused_result));

/*
 * The linear address of the memory operand. regs is in the order of the
 * encodings: rax rcx rdx rbx rsp rbp rsi rdi r8 .. r15. In the trapping form of
 * a site the operand is still relative to the place where the instruction was:
 * next_rip is the site's address plus insn->len.
 */
uint64_t sens_ea(const struct sens_insn *insn, const uint64_t regs[16], uint64_t next_rip,
		 uint64_t fs_base, uint64_t gs_base);

/* The length of the nop at p, 0 if there is none. */
size_t sens_nop_length(const uint8_t *p, size_t n);

/* Not in freestanding programs. */
const char *sens_kind_name(enum sens_kind kind);
/* The manual's section that describes the kind, or NULL. */
const char *sens_kind_section(enum sens_kind kind);

#endif
