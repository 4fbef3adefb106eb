/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the command line of umvmm run.
 */
#ifndef UMVMM_CMD_OPTIONS_H
#define UMVMM_CMD_OPTIONS_H

#include <umvmm/boot/config.h>

#include "args.h"

extern const struct cmd_option options_run[];

/* 0; or -1 where all is said, and the command's status is in ARGS. */
int options_parse(struct config *cfg, struct args *args) __attribute__((warn_unused_result));

/* "256M", "1G", "65536K", plain number: MiB. */
int options_parse_size(const char *text, uint64_t *size) __attribute__((warn_unused_result));

#endif
