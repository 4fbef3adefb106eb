/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop.h - the length of one repetition, which main.c may change.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdint.h>

extern uint64_t loop_target_ns;
#endif
