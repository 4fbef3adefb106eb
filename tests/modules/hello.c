// SPDX-License-Identifier: GPL-2.0
/*
 * hello.c - a module built outside the kernel's tree, with sensitive
 * instructions of its own: they must be rewritten when it is loaded.
 *
 * Runs: in the guest's kernel.
 */
#include <linux/irqflags.h>
#include <linux/module.h>

static int __init hello_init(void)
{
	unsigned long flags, inside;

	local_irq_save(flags);
	inside = arch_local_save_flags();
	local_irq_restore(flags);
	pr_info("hello: interrupts %s, inside %s, after %s, cr3 %s\n",
		flags & X86_EFLAGS_IF ? "on" : "off", inside & X86_EFLAGS_IF ? "on" : "off",
		arch_irqs_disabled() ? "off" : "on", __read_cr3() ? "read" : "zero");
	return 0;
}

static void __exit hello_exit(void)
{
	pr_info("hello: gone\n");
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
