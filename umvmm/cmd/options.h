/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the command line of umvmm run.
 */
#ifndef UMVMM_CMD_OPTIONS_H
#define UMVMM_CMD_OPTIONS_H

#include <umvmm/boot/config.h>

/* 0, or -1 after a message: a mistake of the user's (EXIT_USAGE). */
int options_parse(struct config *cfg, int argc, char **argv) __attribute__((warn_unused_result));

/* "256M", "1G", "65536K", plain number: MiB. */
int options_parse_size(const char *text, uint64_t *size) __attribute__((warn_unused_result));

extern const char options_help[];

#endif
