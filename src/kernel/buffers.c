// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pages that the kernel takes for its own for good and that no counter has: records of ftrace, pools for DMA in atomic
 * context, reserves of the block layer, requests of block devices, what is kept of each page (page_ext). Source:
 * kernel/trace/ftrace.c, kernel/dma/pool.c, block/bio-integrity.c, block/blk-mq.c (blk_mq_alloc_rqs()).
 */
#include "kernel/buffers.h"
#include "kernel/census.h"

enum {
	LEVELS_MAX = 20, // orders of pages
	CLASSES_MAX = 4096,
	DISKS_MAX = 1 << 16,
	QUEUES_MAX = 4096,
	LISTS_MAX = 1 << 16, // pages of requests of one set
};

struct request_walk {
	struct oom_image *image;
	struct oom_map tags; // seen
	struct oom_member entry, class, devices, node, device, bd_device, bd_disk, part0, type;
	struct oom_member queue, set, nr_queues, set_tags, hw_ctx, sched_tags, pages, lru, private;
	uint64_t block_class, disk_type;
	int64_t sum; // pages
	bool broken;
};

/** The pointer at @p at; one that cannot be read breaks the walk: part of a sum is none. */
static uint64_t follow(struct request_walk *w, uint64_t at)
{
	uint64_t ret = 0;
	if (oom_read_ulong(w->image, at, &ret) != OOM_OK)
		w->broken = true;
	return ret;
}

static bool take_pages(void *arg, uint64_t entry)
{
	struct request_walk *w = arg;
	uint64_t order;
	if (oom_read_ulong(w->image, entry - w->lru.offset + w->private.offset, &order) != OOM_OK ||
	    order > LEVELS_MAX) {
		w->broken = true;
		return false;
	}
	w->sum += INT64_C(1) << order;
	return true;
}

/** Pages with the requests of one set of tags (struct blk_mq_tags). */
static void take_tags(struct request_walk *w, uint64_t tags)
{
	if (tags && oom_map_add(&w->tags, tags, 1) &&
	    !oom_list_each(w->image, tags + w->pages.offset, LISTS_MAX, take_pages, w))
		w->broken = true;
}

/** Tags that the device has, and those of its I/O scheduler. */
static void take_queue(struct request_walk *w, uint64_t queue)
{
	uint32_t n;
	uint32_t word = oom_image_info(w->image)->ptr_size;
	uint64_t set = follow(w, queue + w->set.offset);
	if (!set)
		return;
	if (oom_read_u32(w->image, set + w->nr_queues.offset, &n) != OOM_OK || n > QUEUES_MAX) {
		w->broken = true;
		return;
	}
	uint64_t tags = follow(w, set + w->set_tags.offset);
	uint64_t contexts = w->hw_ctx.known ? follow(w, queue + w->hw_ctx.offset) : 0;
	for (uint32_t i = 0; i < n; i++) {
		if (tags)
			take_tags(w, follow(w, tags + (uint64_t)i * word));
		uint64_t context = contexts ? follow(w, contexts + (uint64_t)i * word) : 0;
		if (context)
			take_tags(w, follow(w, context + w->sched_tags.offset));
	}
}

/** A device of the class "block": a disk, or a partition of one. */
static bool take_device(void *arg, uint64_t entry)
{
	struct request_walk *w = arg;
	uint64_t device = follow(w, entry - w->node.offset + w->device.offset);
	if (!device)
		return true;
	uint64_t disk = 0;
	if (w->bd_device.known)
		disk = follow(w, device - w->bd_device.offset + w->bd_disk.offset);
	else if (follow(w, device + w->type.offset) == w->disk_type) // before 5.11 (0d02129e76ed)
		disk = device - w->part0.offset;
	uint64_t queue = disk ? follow(w, disk + w->queue.offset) : 0;
	if (queue)
		take_queue(w, queue);
	return true;
}

/** A class of devices: struct subsys_private. */
static bool take_class(void *arg, uint64_t entry)
{
	struct request_walk *w = arg;
	uint64_t class = entry - w->entry.offset;
	if (follow(w, class + w->class.offset) != w->block_class)
		return true;
	if (!oom_list_each(w->image, class + w->devices.offset, DISKS_MAX, take_device, w))
		w->broken = true;
	return false;
}

/** The members that a walk needs; false if one is not known. */
static bool find_members(struct request_walk *w)
{
	const struct {
		const char *type, *path;
		size_t at;
	} wants[] = {{"subsys_private", "subsys.kobj.entry", offsetof(struct request_walk, entry)},
		     {"subsys_private", "class", offsetof(struct request_walk, class)},
		     {"subsys_private", "klist_devices.k_list", offsetof(struct request_walk, devices)},
		     {"device_private", "knode_class.n_node", offsetof(struct request_walk, node)},
		     {"device_private", "device", offsetof(struct request_walk, device)},
		     {"gendisk", "queue", offsetof(struct request_walk, queue)},
		     {"request_queue", "tag_set", offsetof(struct request_walk, set)},
		     {"blk_mq_tag_set", "nr_hw_queues", offsetof(struct request_walk, nr_queues)},
		     {"blk_mq_tag_set", "tags", offsetof(struct request_walk, set_tags)},
		     {"blk_mq_hw_ctx", "sched_tags", offsetof(struct request_walk, sched_tags)},
		     {"blk_mq_tags", "page_list", offsetof(struct request_walk, pages)},
		     {"page", "lru", offsetof(struct request_walk, lru)},
		     {"page", "private", offsetof(struct request_walk, private)}};
	for (size_t i = 0; i < sizeof(wants) / sizeof(*wants); i++)
		if (oom_member(w->image, wants[i].type, wants[i].path,
			       (struct oom_member *)((char *)w + wants[i].at)) != OOM_OK)
			return false;
	// An array of pointers until 5.17 and from 7.0 on, an xarray between: its schedulers' tags are left out.
	oom_member(w->image, "request_queue", "queue_hw_ctx", &w->hw_ctx);
	if (oom_member(w->image, "block_device", "bd_device", &w->bd_device) == OOM_OK)
		return oom_member(w->image, "block_device", "bd_disk", &w->bd_disk) == OOM_OK;
	return oom_member(w->image, "gendisk", "part0.__dev", &w->part0) == OOM_OK &&
	       oom_member(w->image, "device", "type", &w->type) == OOM_OK &&
	       oom_symbol(w->image, "disk_type", &w->disk_type) == OOM_OK;
}

/** Pages with requests of all disks. */
static int64_t request_pages(struct oom_image *image)
{
	struct request_walk w = {.image = image};
	struct oom_member list;
	if (oom_built_without(image, "block_class")) // CONFIG_BLOCK=n
		return 0;
	uint64_t kset = oom_variable_ptr(image, "class_kset");
	if (!kset || oom_symbol(image, "block_class", &w.block_class) != OOM_OK || !find_members(&w) ||
	    oom_member(image, "kset", "list", &list) != OOM_OK)
		return OOM_ABSENT;
	if (!oom_list_each(image, kset + list.offset, CLASSES_MAX, take_class, &w))
		w.broken = true;
	oom_map_free(&w.tags);
	return w.broken ? OOM_ABSENT : w.sum;
}

/** Pages that a mempool of pages keeps in reserve. */
static int64_t mempool_pages(struct oom_image *image, const char *symbol)
{
	struct oom_member count, data;
	const char *type = "mempool"; // 7.0; mempool_s before
	uint64_t pool;
	uint32_t n;
	if (oom_symbol(image, symbol, &pool) != OOM_OK)
		return oom_built_without(image, symbol) ? 0 : OOM_ABSENT;
	if (oom_member(image, type, "curr_nr", &count) != OOM_OK)
		type = "mempool_s";
	if (oom_member(image, type, "curr_nr", &count) != OOM_OK ||
	    oom_member(image, type, "pool_data", &data) != OOM_OK ||
	    oom_read_u32(image, pool + count.offset, &n) != OOM_OK || n > UINT16_MAX)
		return OOM_ABSENT;
	uint64_t order = oom_deref(image, pool + data.offset); // what mempool_alloc_pages() is given
	return order <= LEVELS_MAX ? (int64_t)n << order : OOM_ABSENT;
}

/** A variable that not every kernel has: 0 where it has not. */
static int64_t if_built_in(struct oom_image *image, const char *name, size_t size)
{
	return oom_built_without(image, name) ? 0 : oom_variable(image, name, size);
}

int64_t oom_buffers_kb(struct oom_image *image)
{
	enum { NR_POOLS = 3, NR_PARTS = 4 + NR_POOLS };
	static const char *const pools[NR_POOLS] = {"pool_size_dma", "pool_size_dma32", "pool_size_kernel"};
	int64_t parts[NR_PARTS] = {
		oom_pages_kb(image, if_built_in(image, "ftrace_number_of_pages", 4)), // 5.6 (8d3e0bc3ad8e)
		oom_pages_kb(image, request_pages(image)),
		oom_pages_kb(image, mempool_pages(image, "integrity_buf_pool")), oom_page_ext_kb(image)};
	for (size_t i = 0; i < NR_POOLS; i++) { // bytes in each pool, 5.8 (2edc5bb3c5cc)
		int64_t bytes = if_built_in(image, pools[i], 0);
		parts[4 + i] = bytes >= 0 && bytes < INT64_C(1) << 40 ? bytes / 1024 : OOM_ABSENT;
	}
	int64_t sum = 0;
	for (size_t i = 0; i < NR_PARTS; i++) {
		if (!oom_known(parts[i]))
			return OOM_ABSENT;
		sum = oom_plus(sum, parts[i]);
	}
	return sum;
}
