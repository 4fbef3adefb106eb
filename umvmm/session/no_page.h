/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * no_page.h - the host has no page for memory that it has promised: SIGBUS.
 */
#ifndef UMVMM_SESSION_NO_PAGE_H
#define UMVMM_SESSION_NO_PAGE_H

#include <umvmm/control/gdb_socket.h>
#include <umvmm/control/registry.h>

/* From now on that is a message and EXIT_SELF, with the terminal, R and G tidied up. */
void no_page_init(struct registry *r, struct gdb_sockets *g);

#endif
