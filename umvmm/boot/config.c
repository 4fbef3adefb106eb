// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - names of what the user may ask for.
 */
#include "config.h"

#include <stddef.h>

const char *const isolation_names[] = { "none", "pku", "split", "users", "auto", NULL };
