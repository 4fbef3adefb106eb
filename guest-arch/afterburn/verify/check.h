/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - compare the sensitive instructions of a file with its sites.
 *
 * Runs: in the verifier, on the build machine.
 */
#ifndef UMVMM_VERIFY_CHECK_H
#define UMVMM_VERIFY_CHECK_H

#include <stdbool.h>

#include "image.h"

struct check_options {
	bool list;  /* print every sensitive instruction */
	bool stats; /* print totals */
};

/* The number of errors, each printed on a line of its own to standard error. */
unsigned long check(const struct image *image, const struct check_options *options);

#endif
