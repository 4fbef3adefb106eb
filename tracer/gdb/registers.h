/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registers.h - a vCPU's registers as gdb numbers and describes them.
 *
 * Runs: in the tracer; keeps nothing. One table has the order, the sizes and where each is in
 * target.h's structures; the description for gdb is made of it, so that both agree.
 */
#ifndef TRACER_GDB_REGISTERS_H
#define TRACER_GDB_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>

#include <tracer/target/target.h>

#define REGISTERS_RBP 6u
#define REGISTERS_RSP 7u
#define REGISTERS_RIP 16u

#define REGISTER_SIZE_MAX 32u
#define REGISTERS_XML_MAX 32768u

struct registers {
	struct target_regs regs;
	struct target_fpu fpu;
};

/* FEATURES: TARGET_HAS_*. How many registers gdb knows of. */
unsigned int registers_count(unsigned int features);

/* The size of register N, which is below registers_count(); its bytes go to or come from BYTES. */
size_t registers_get(const struct registers *r, unsigned int n, void *bytes);
size_t registers_put(struct registers *r, unsigned int n, const void *bytes);
size_t registers_size(unsigned int n);

/* Is it one of struct target_fpu? */
bool registers_is_fpu(unsigned int n);

/* The target description. Returns its length. */
size_t registers_xml(char xml[static REGISTERS_XML_MAX], unsigned int features);

#endif
