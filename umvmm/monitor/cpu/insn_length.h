/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insn_length.h - how long an instruction of 64-bit code is.
 *
 * Runs: monitor, and tests/unit/test_site_shape.c.
 */
#ifndef MONITOR_CPU_INSN_LENGTH_H
#define MONITOR_CPU_INSN_LENGTH_H

#include <stddef.h>
#include <stdint.h>

#define INSN_MAX 15u

/* Bytes from ModRM to the end of the displacement; 0 if n do not hold them. */
size_t insn_modrm_length(const uint8_t *p, size_t n);

/*
 * The length of the instruction at p, of which n bytes are known; 0 if it is none, or is
 * longer than that. What the manual leaves to the future may count as an instruction, but
 * what a CPU executes never counts as none (but 3DNow!, XOP and the like of old AMD CPUs).
 */
size_t insn_length(const uint8_t *p, size_t n);

#endif
