/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buildid.h - which build of a kernel an ELF file is.
 *
 * Must hold: any bytes may be given; nothing outside of them is read.
 */
#ifndef UMVMM_BOOT_BUILDID_H
#define UMVMM_BOOT_BUILDID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUILDID_TEXT 65 /* 32 bytes in hexadecimal digits, and the end mark */

/* The GNU build id, as lower-case digits; empty and false where there is none. */
bool buildid_find(char text[static BUILDID_TEXT], const uint8_t *file, size_t size);

/* Has it a symbol table, as gdb needs it? */
bool buildid_has_symbols(const uint8_t *file, size_t size);

#endif
