/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * operand.h - the registers and memory that an emulated instruction names.
 *
 * Runs: monitor, on ctx.regs. Sizes in bytes: 1, 2, 4, 8. The int functions
 * return 0, or -1 when the memory cannot be accessed.
 */
#ifndef MONITOR_CPU_OPERAND_H
#define MONITOR_CPU_OPERAND_H

#include <sens.h>
#include <stdint.h>

uint64_t operand_mask(uint64_t v, unsigned int size);
/* Write a general register as the CPU does: 32 bits clear the upper half. */
void reg_set(unsigned int n, unsigned int size, int high, uint64_t v);
uint64_t reg_get(unsigned int n, unsigned int size, int high);
/* The linear address of the memory operand. */
uint64_t operand_address(const struct sens_insn *in);
/* The r/m operand, zero-extended. */
int operand_read(const struct sens_insn *in, unsigned int size, uint64_t *value);
/* To the r/m operand; 16 bits to memory, as all instructions here do. */
int operand_write(const struct sens_insn *in, uint64_t value);
/* The instruction at RIP; 0, or -1 when it cannot be read or is unknown. */
int fetch_insn(struct sens_insn *in);

#endif
