/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - the monitor's program, embedded in umvmm.
 */
#ifndef UMVMM_IMAGE_IMAGE_H
#define UMVMM_IMAGE_IMAGE_H

#include <stdint.h>

#include <umvmm/base/elf.h>

extern const uint8_t monitor_elf[], monitor_elf_end[];

/* A file descriptor to execute it by, close-on-exec; -1 after a message. */
int monitor_image_open(void) __attribute__((warn_unused_result));

/* The addresses of its executable segments: [*start, *end). */
void monitor_image_text(uint64_t *start, uint64_t *end);

/* Its headers. Not from two threads at a time the first time. */
const struct elf *monitor_image(void);

/* The function that VA lies in, with the distance to its start; null: none. */
const char *monitor_image_symbol(uint64_t va, uint64_t *offset);

/* An entry of its gate table, UMVMM_GATE_*. */
uint64_t monitor_image_gate(unsigned int id);

#endif
