/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script.h - hands the command of -e or -- to the guest's init.
 */
#ifndef UMVMM_BOOT_SCRIPT_H
#define UMVMM_BOOT_SCRIPT_H

#include <umvmm/base/file.h>

#include "config.h"

/* An archive with /.umvmm/exec. 0, or -1 after a message. */
int script_archive(struct blob *blob, const struct config *cfg) __attribute__((warn_unused_result));

#endif
