// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Swap devices and files, and the swap cache of kernels that do not count it. Source: include/linux/swap.h,
 * mm/swapfile.c, mm/swap_state.c.
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <string.h>

enum { S_FLAGS, S_PAGES, S_INUSE, S_FILE, S_BDEV, S_PRIO, S_NR };
static const struct oom_want swap_wants[S_NR] = {
	[S_FLAGS] = {"swap_info_struct", "flags", NULL},       [S_PAGES] = {"swap_info_struct", "pages", NULL},
	[S_INUSE] = {"swap_info_struct", "inuse_pages", NULL}, // int; atomic_long_t since 6.13 (b228386cf37c)
	[S_FILE] = {"swap_info_struct", "swap_file", NULL},    [S_BDEV] = {"swap_info_struct", "bdev", NULL},
	[S_PRIO] = {"swap_info_struct", "prio", NULL}, // short; negative without swapon -p
};

enum {
	SWAPFILES_MAX = 64, // MAX_SWAPFILES is at most 1 << 5
	SPACES_MAX = 1 << 20,
};

/**
 * The pages in use. Since 6.13 inuse_pages carries a flag for "not on the list of devices with room": bit 30 at
 * first, bit 62 (30 with 32-bit longs) after "fix SWAP_USAGE_OFFLIST_BIT collision with real usage count", which went
 * to stable kernels too. A count above the size of the device can only be the former.
 */
static int64_t inuse(const struct oom_record *swap)
{
	const int64_t flag_62 = INT64_C(1) << 62, flag_30 = INT64_C(1) << 30;
	int64_t n = oom_record_signed(swap, S_INUSE), pages = oom_record_int(swap, S_PAGES);
	if (!oom_known(n) || swap->layout->m[S_INUSE].size < oom_image_info(swap->image)->ptr_size)
		return n;
	n &= ~flag_62;
	return n > pages && (n & flag_30) ? n & ~flag_30 : n;
}

/** "partition", "file", "zram"; NULL. */
static const char *kind_of(struct oom_image *image, const struct oom_record *swap)
{
	int64_t blkdev = oom_enum_or(image, "SWP_BLKDEV", OOM_ABSENT), flags = oom_record_int(swap, S_FLAGS);
	if (!oom_known(blkdev) || !oom_known(flags))
		return NULL;
	if (!(flags & blkdev))
		return "file";
	struct oom_member disk, name;
	char text[16];
	if (oom_member(image, "block_device", "bd_disk", &disk) != OOM_OK ||
	    oom_member(image, "gendisk", "disk_name", &name) != OOM_OK)
		return "partition";
	uint64_t gendisk = oom_deref(image, oom_record_ptr(swap, S_BDEV) + disk.offset);
	if (gendisk && oom_read_string(image, gendisk + name.offset, text, sizeof(text)) == OOM_OK &&
	    strncmp(text, "zram", 4) == 0)
		return "zram";
	return "partition";
}

static void add_swap(struct oom_case *c, struct oom_image *image, const struct oom_record *record)
{
	// A slot that swapoff left behind, or that swapon has not filled in yet, is none.
	int64_t flags = oom_record_int(record, S_FLAGS);
	if ((oom_known(flags) && !(flags & oom_enum_or(image, "SWP_USED", 1))) ||
	    (oom_record_has(record, S_FILE) && !oom_record_ptr(record, S_FILE)))
		return;
	struct oom_swap *swap = oom_add_swap(c->arena, &c->state->swaps);
	if (!swap)
		return;
	swap->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct swap_info_struct", (int64_t)record->addr};
	swap->size_kb = oom_pages_kb(image, oom_record_int(record, S_PAGES));
	swap->used_kb = oom_pages_kb(image, inuse(record));
	swap->kind = kind_of(image, record);
	swap->priority = oom_record_signed(record, S_PRIO);
	swap->name = oom_file_path(image, oom_record_ptr(record, S_FILE), c->arena);
}

void oom_walk_swap(struct oom_image *image, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_layout layout;
	struct oom_record swap;
	uint64_t table;
	if (!temp || !oom_case_state(c))
		return;
	if (oom_built_without(image, "swap_info")) { // CONFIG_SWAP=n
		c->state->swaps.known = true;
		return;
	}
	int64_t n = oom_variable(image, "nr_swapfiles", 4);
	oom_layout_find(&layout, image, swap_wants, S_NR);
	if (n < 0 || n > SWAPFILES_MAX || oom_symbol(image, "swap_info", &table) != OOM_OK || !layout.len ||
	    !oom_record_init(&swap, image, &layout, temp)) {
		if (n != 0)
			oom_case_missing(c, "swaps: swap_info cannot be read or is not described");
		c->state->swaps.known = n == 0;
		return;
	}
	c->state->swaps.known = true;
	int lost = 0;
	for (int64_t i = 0; i < n; i++) {
		size_t word = oom_image_info(image)->ptr_size;
		if (oom_record_read(&swap, oom_deref(image, table + (uint64_t)i * word)))
			add_swap(c, image, &swap);
		else
			lost++;
	}
	if (lost)
		oom_case_missing(c, "swaps: %d not in the dump", lost);
}

/** Sum of nrpages of @p n address spaces at @p spaces; OOM_ABSENT. */
static int64_t sum_spaces(struct oom_image *image, uint64_t spaces, int64_t n)
{
	struct oom_member nrpages;
	uint32_t size;
	int64_t sum = 0;
	if (n < 0 || n > SPACES_MAX || oom_type_size(image, "address_space", &size) != OOM_OK ||
	    oom_member(image, "address_space", "nrpages", &nrpages) != OOM_OK)
		return OOM_ABSENT;
	for (int64_t i = 0; i < n; i++) {
		uint64_t pages;
		if (oom_read_ulong(image, spaces + (uint64_t)i * size + nrpages.offset, &pages) != OOM_OK ||
		    pages > INT64_MAX / SPACES_MAX)
			return OOM_ABSENT;
		sum += (int64_t)pages;
	}
	return sum;
}

int64_t oom_swapcache_pages(struct oom_image *image)
{
	uint64_t spaces, counts;
	if (oom_built_without(image, "swapper_spaces"))
		return 0;
	int64_t n = oom_variable(image, "nr_swapfiles", 4);
	if (n < 0 || n > SWAPFILES_MAX || oom_symbol(image, "swapper_spaces", &spaces) != OOM_OK)
		return OOM_ABSENT;
	// One address space a device before 4.11, one for each 64 MB of it since (4b3ef9daa4fc).
	if (oom_symbol(image, "nr_swapper_spaces", &counts) != OOM_OK)
		return sum_spaces(image, spaces, n);
	size_t word = oom_image_info(image)->ptr_size;
	int64_t sum = 0;
	for (int64_t i = 0; i < n && oom_known(sum); i++) {
		uint32_t count;
		uint64_t device = oom_deref(image, spaces + (uint64_t)i * word);
		if (oom_read_u32(image, counts + (uint64_t)i * 4, &count) != OOM_OK)
			return OOM_ABSENT;
		int64_t pages = device ? sum_spaces(image, device, count) : 0;
		sum = oom_known(pages) ? oom_plus(sum, pages) : OOM_ABSENT;
	}
	return sum;
}
