/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.h - what a command has printed. */
#ifndef UMVMM_CMD_OUTPUT_H
#define UMVMM_CMD_OUTPUT_H

/* EXIT_OK if standard output has taken all of it, else EXIT_SELF after a message. */
int output_end(void) __attribute__((warn_unused_result));

#endif
