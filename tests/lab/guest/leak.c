// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * leak: a kernel module that takes memory and forgets it, for the lab's guests.
 *
 *   insmod leak.ko vmalloc_mb=N      N MiB in vmalloc areas of 1 MiB
 *   insmod leak.ko pages_mb=N        N MiB of single pages that nothing counts
 *   insmod leak.ko pieces_mb=N       takes all single pages until N MiB are free, gives back every second one, and then
 *                                    asks for blocks of 8 pages until that fails
 *   echo N > /sys/module/leak/parameters/sleep_s     sleeps N seconds, and no signal wakes it; others wait for the
 * first
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

static int vmalloc_mb, pages_mb, pieces_mb;
module_param(vmalloc_mb, int, 0444);
module_param(pages_mb, int, 0444);
module_param(pieces_mb, int, 0444);

static int sleep_in_kernel(const char *text, const struct kernel_param *param)
{
	int seconds = 0, wrong = kstrtoint(text, 10, &seconds);

	if (!wrong && seconds > 0)
		msleep(1000 * seconds);
	return wrong;
}

static const struct kernel_param_ops sleep_ops = {.set = sleep_in_kernel};
module_param_cb(sleep_s, &sleep_ops, NULL, 0200);

static noinline void leak_vmalloc(void)
{
	for (int i = 0; i < vmalloc_mb; i++)
		if (!vmalloc(1 << 20))
			return;
}

static noinline void leak_pages(void)
{
	for (int i = 0; i < pages_mb << 8; i++)
		if (!alloc_page(GFP_KERNEL))
			return;
}

/* In a list through the pages themselves; of each two neighbours the odd one is given back. */
static noinline void leak_pieces(void)
{
	LIST_HEAD(taken);
	struct page *page, *next;
	unsigned long kept = 0;

	while (global_zone_page_state(NR_FREE_PAGES) > (unsigned long)pieces_mb << 8) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		list_add(&page->lru, &taken);
		kept++;
	}
	list_for_each_entry_safe(page, next, &taken, lru)
	{
		if (page_to_pfn(page) & 1) {
			list_del(&page->lru);
			__free_page(page);
			kept--;
		}
	}
	pr_info("leak: memory is in pieces, %lu pages are free\n", global_zone_page_state(NR_FREE_PAGES));
	do {
		pr_info("leak: keeps %lu pages\n", kept);
		kept += 8;
	} while (alloc_pages(GFP_KERNEL, 3));
}

static int __init leak_init(void)
{
	leak_vmalloc();
	leak_pages();
	if (pieces_mb)
		leak_pieces();
	return 0;
}

static void __exit leak_exit(void)
{
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_LICENSE("GPL");
