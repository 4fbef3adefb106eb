/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * help.h - what umvmm says of itself and of its commands, on standard output.
 */
#ifndef UMVMM_CMD_HELP_H
#define UMVMM_CMD_HELP_H

#include "cmd.h"

/* --help, which every command has. */
extern const struct cmd_option help_option;

/* A command's usage and options, by its table. */
void help_options(const struct cmd *cmd);
/* All commands. */
void help_list(void);
void help_version(void);

#endif
