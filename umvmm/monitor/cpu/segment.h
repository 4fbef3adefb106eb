/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segment.h - the instructions of descriptor tables and segment registers.
 *
 * Runs: monitor. The int functions return 0, or -1 for #GP(0).
 */
#ifndef MONITOR_CPU_SEGMENT_H
#define MONITOR_CPU_SEGMENT_H

#include <sens.h>
#include <stdint.h>

#define SEG_CS 1 /* as in ModRM */
#define SEG_SS 2
#define SEG_FS 4
#define SEG_GS 5

/* LGDT, LIDT and SGDT, SIDT: limit and base (SDM vol. 2). */
int segment_load_table(const struct sens_insn *in);
int segment_store_table(const struct sens_insn *in);
/* LTR */
int segment_load_task(const struct sens_insn *in);
/* LSL, LAR: ZF says whether the descriptor is there. */
int segment_query(const struct sens_insn *in);
/* MOV from and PUSH of a segment register. */
uint64_t segment_read(const struct sens_insn *in);
/*
 * MOV to a segment register. A selector that the host refuses (a kernel one): DS,
 * ES, FS, GS become null, which in 64-bit mode only shows when they are read back;
 * SS is remembered.
 */
int segment_write(const struct sens_insn *in);
/* The same of FS or GS. */
void segment_load(unsigned int reg, uint16_t sel);

#endif
