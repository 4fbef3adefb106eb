// SPDX-License-Identifier: GPL-2.0
/*
 * crash.c - a module that makes the kernel oops; the guest must live on.
 *
 * Runs: in the guest's kernel.
 */
#include <linux/module.h>

static int __init crash_init(void)
{
	*(volatile int *)NULL = 1;
	return 0;
}

module_init(crash_init);
MODULE_LICENSE("GPL");
