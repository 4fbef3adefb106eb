/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access.h - how many bytes of memory an instruction accesses.
 *
 * Runs: monitor, and tests/unit/test_access.c.
 */
#ifndef MONITOR_CPU_ACCESS_H
#define MONITOR_CPU_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#define ACCESS_CODE_MAX 15u

/*
 * Bytes of each access to memory of the instruction at p, of which n bytes are known; 1 if it
 * is not known. compat: 32-bit code. Of several accesses (PUSH of memory, MOVS) all have
 * this size; of a gather or scatter it is that of an element; of XSAVE and its kin the part
 * that is always there.
 */
unsigned int access_size(const uint8_t *p, size_t n, int compat);
/* CMPS: it reads at both RSI and RDI, and has no other way to tell that. */
int access_is_cmps(const uint8_t *p, size_t n, int compat);

#endif
