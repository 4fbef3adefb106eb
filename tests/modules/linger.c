// SPDX-License-Identifier: GPL-2.0
/*
 * linger.c - a module whose thread, and then whose init, sleep: for umvmm bt.
 *
 * Runs: in the guest's kernel.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>

static struct task_struct *thread;

static noinline void linger(void)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
}

static int linger_thread(void *data)
{
	linger();
	barrier(); /* no jump to linger() */
	return 0;
}

static int __init linger_init(void)
{
	thread = kthread_run(linger_thread, NULL, "lingers");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	msleep(1000000);
	return 0;
}

static void __exit linger_exit(void)
{
	kthread_stop(thread);
}

module_init(linger_init);
module_exit(linger_exit);
MODULE_LICENSE("GPL");
