/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * no_page.h - the host has no page for memory that it has promised: SIGBUS.
 */
#ifndef UMVMM_NO_PAGE_H
#define UMVMM_NO_PAGE_H

#include "registry.h"

/* From now on that is a message and EXIT_SELF, with the terminal and R tidied up. */
void no_page_init(struct registry *r);

#endif
