// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trouble: a kernel module that makes the kernel complain, for the lab's guests.
 *
 *   echo N > /sys/module/trouble/parameters/hold_s     the writer sleeps N seconds, no signal wakes it, and its memory
 *                                                      map is locked: the OOM reaper cannot have its memory
 *   echo N > /sys/module/trouble/parameters/spin_s     the writer's CPU does nothing else for N seconds
 *   echo N > /sys/module/trouble/parameters/quiet_s    no console gets a message for N seconds
 */
#include <linux/console.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

static int number(const char *text)
{
	int n = 0;

	return kstrtoint(text, 10, &n) ? 0 : n;
}

static int hold(const char *text, const struct kernel_param *param)
{
	mmap_write_lock(current->mm);
	msleep(1000 * number(text));
	mmap_write_unlock(current->mm);
	return 0;
}

static int spin(const char *text, const struct kernel_param *param)
{
	unsigned long end = jiffies + number(text) * HZ;

	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
	return 0;
}

static int quiet(const char *text, const struct kernel_param *param)
{
	console_lock();
	msleep(1000 * number(text));
	console_unlock();
	return 0;
}

static const struct kernel_param_ops hold_ops = {.set = hold}, spin_ops = {.set = spin}, quiet_ops = {.set = quiet};
module_param_cb(hold_s, &hold_ops, NULL, 0200);
module_param_cb(spin_s, &spin_ops, NULL, 0200);
module_param_cb(quiet_s, &quiet_ops, NULL, 0200);

static int __init trouble_init(void)
{
	return 0;
}

static void __exit trouble_exit(void)
{
}

module_init(trouble_init);
module_exit(trouble_exit);
MODULE_LICENSE("GPL");
