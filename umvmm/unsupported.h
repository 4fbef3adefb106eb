/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unsupported.h - what the command line knows and the monitor does not yet.
 */
#ifndef UMVMM_UNSUPPORTED_H
#define UMVMM_UNSUPPORTED_H

#include "config.h"

int unsupported_check(const struct config *cfg) __attribute__((warn_unused_result));

#endif
