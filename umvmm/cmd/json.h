/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - what --json prints.
 */
#ifndef UMVMM_CMD_JSON_H
#define UMVMM_CMD_JSON_H

#include <stddef.h>
#include <stdio.h>

/* "KEY":"TEXT": a byte that is no printable ASCII becomes \u00NN, whatever it means. */
void json_string(FILE *out, const char *key, const char *text);
void json_bytes(FILE *out, const char *key, const char *text, size_t len);

#endif
