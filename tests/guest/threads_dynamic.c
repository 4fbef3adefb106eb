// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * threads_dynamic.c - the same as threads.c, in a dynamically linked PIE.
 *
 * Flags: dynamic timeout=40
 */
#include "threads.c"
