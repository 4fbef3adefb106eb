/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk.h - the guest kernel's log, from its memory.
 *
 * Runs: in umvmm dmesg and, after a failure of the guest, in the manager. Works while the guest runs, hangs or has panicked.
 */
#ifndef UMVMM_INSPECT_PRINTK_H
#define UMVMM_INSPECT_PRINTK_H

#include <stdio.h>

#include "vmcoreinfo.h"

struct printk_record {
	uint64_t seq;
	uint64_t ts_nsec; /* since boot */
	const char *text; /* any bytes, no newline at the end */
	size_t len;
};

/*
 * Calls SEE for each record of the log, oldest first. 0; -ENOENT: the kernel's
 * vmcoreinfo says too little, it is older than 5.10; -EINVAL: the log makes no sense.
 */
int printk_each(const struct guestmem *mem, const struct vmcoreinfo *info,
		void (*see)(void *ctx, const struct printk_record *record), void *ctx)
	__attribute__((warn_unused_result));

/* As the kernel does for the console; what is no printable character becomes \x01. */
void printk_print(FILE *out, const struct printk_record *record);

#endif
