/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quote.h - words for a POSIX shell.
 */
#ifndef UMVMM_BOOT_QUOTE_H
#define UMVMM_BOOT_QUOTE_H

/* A malloc'ed line whose words a shell splits into exactly ARGV; NULL: no memory. */
char *quote_argv(char *const *argv);

#endif
