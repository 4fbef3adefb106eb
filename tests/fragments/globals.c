// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * globals.c - a module that reads behind a variable of its own.
 *
 * Runs: in the guest, for tests/fragments/kasan.
 */
#include <linux/module.h>

static int at = 13;
module_param(at, int, 0);

static char table[10];

static noinline void read_table(volatile char *t, int i)
{
	pr_info("globals: %d\n", t[i]);
}

static int __init globals_init(void)
{
	read_table(table, at);
	return 0;
}
module_init(globals_init);

static void __exit globals_exit(void)
{
}
module_exit(globals_exit);

MODULE_LICENSE("GPL");
