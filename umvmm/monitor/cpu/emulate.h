/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emulate.h - sensitive instructions and device accesses, on ctx.regs.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_CPU_EMULATE_H
#define MONITOR_CPU_EMULATE_H

#include <sens.h>

#include "mmu/mmu.h"

/*
 * Emulate `in`, found at ctx.regs.rip; RIP becomes `next` unless the
 * instruction branches or faults. Returns 0, or -1 if it is not one of ours.
 */
int emulate_insn(const struct sens_insn *in, uint64_t next);
/* A move that touches device memory at pa. */
int emulate_mmio(const struct sens_insn *in, uint64_t next, gpa_t pa);
/* IN, OUT; INS, OUTS: 0, or -1 when memory cannot be accessed. */
void emulate_port(const struct sens_insn *in);
int emulate_port_string(const struct sens_insn *in);

void emulate_cpuid(void);
void cpuid_make_fault(void);
/* 0, or -1 for #GP(0) */
int emulate_rdmsr(void);
int emulate_wrmsr(void);
int emulate_pushf(void);
int emulate_xgetbv(void);
int emulate_xsetbv(void);
void emulate_sti(void);
void emulate_popf(void);
/* IN, OUT between a port and AL, AX or EAX */
void emulate_in(uint16_t port, unsigned int size);
void emulate_out(uint16_t port, unsigned int size);
uint64_t read_cr(unsigned int cr);
/* No reserved bit set (SDM vol. 3 2.5); else #GP(0). */
int cr_valid(unsigned int cr, uint64_t value);
/* May hand the vCPU off to another context: RIP must be the next instruction's. */
void write_cr(unsigned int cr, uint64_t value);

#endif
