/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * initrd.h - the initial RAM disks, one behind the other in guest memory.
 */
#ifndef UMVMM_BOOT_INITRD_H
#define UMVMM_BOOT_INITRD_H

#include "bootparams.h"

/*
 * DEFAULT_PATH: used when no -i was given; NULL for none. Places everything
 * above KERNEL_END. 0, or -1 after a message.
 */
int initrd_load(struct initrd_place *place, struct physmem *mem, const struct config *cfg,
		const char *default_path, uint64_t kernel_end) __attribute__((warn_unused_result));

#endif
