// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * zram devices: memory that holds compressed memory. Source: drivers/block/zram/zram_drv.[ch], mm/zsmalloc.c. Types of
 * modules are in their own BTF (5.11 on).
 *
 * /sys/block/zram0/mm_stat is: pages_stored, compr_data_size, pages of the zs_pool, limit, …: mm_stat_show().
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { Z_DISKSIZE, Z_LIMIT, Z_POOL, Z_COMPR, Z_STORED, Z_SAME, Z_HUGE, Z_ALGORITHM, Z_ALGORITHMS, Z_DISK, Z_NR };
static const struct oom_want zram_wants[Z_NR] = {
	[Z_DISKSIZE] = {"zram", "disksize", NULL}, // bytes
	[Z_LIMIT] = {"zram", "limit_pages", NULL},
	[Z_POOL] = {"zram", "mem_pool", NULL},
	[Z_COMPR] = {"zram", "stats.compr_data_size", NULL}, // bytes
	[Z_STORED] = {"zram", "stats.pages_stored", NULL},
	[Z_SAME] = {"zram", "stats.same_pages", NULL},
	[Z_HUGE] = {"zram", "stats.huge_pages", NULL},
	[Z_ALGORITHM] = {"zram", "compressor", NULL}, // text; before 6.2 (7ac07a26dea7)
	[Z_ALGORITHMS] = {"zram", "comp_algs", NULL}, // pointers to text, the first is the one for pages as they come
	[Z_DISK] = {"zram", "disk", NULL},
};

enum { DEVICES_MAX = 1024, NAME_BYTES = 32 };

struct zram_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_record zram;
	struct oom_member pool_pages, disk_name;
	size_t lost;
};

/** Pages of a struct zs_pool, as KiB. */
static int64_t pool_kb(struct oom_image *image, const struct oom_member *pages, uint64_t pool)
{
	uint64_t n;
	if (!pool || !pages->known || oom_read_ulong(image, pool + pages->offset, &n) != OOM_OK || n > INT64_MAX)
		return OOM_ABSENT;
	return oom_pages_kb(image, (int64_t)n);
}

static int64_t bytes_kb(int64_t bytes)
{
	return bytes >= 0 ? bytes / 1024 : OOM_ABSENT;
}

static const char *algorithm_of(const struct zram_walk *w)
{
	if (oom_record_has(&w->zram, Z_ALGORITHM) && w->zram.layout->m[Z_ALGORITHM].count)
		return oom_record_text(&w->zram, Z_ALGORITHM, w->c->arena);
	uint64_t text = (uint64_t)oom_or(oom_record_nth(&w->zram, Z_ALGORITHMS, 0), 0);
	return text ? oom_string_at(w->image, text, NAME_BYTES, w->c->arena) : NULL;
}

static bool take_zram(void *arg, uint64_t addr)
{
	struct zram_walk *w = arg;
	struct oom_zram *row = oom_record_read(&w->zram, addr) ? oom_add_zram(w->c->arena, &w->c->state->zrams) : NULL;
	if (!row) {
		w->lost++;
		return true;
	}
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct zram", (int64_t)addr};
	row->disksize_kb = bytes_kb(oom_record_int(&w->zram, Z_DISKSIZE));
	int64_t limit = oom_record_int(&w->zram, Z_LIMIT);
	row->limit_kb = limit == 0 ? OOM_UNLIMITED : oom_pages_kb(w->image, limit);
	row->orig_kb = oom_pages_kb(w->image, oom_record_signed(&w->zram, Z_STORED));
	row->compr_kb = bytes_kb(oom_record_signed(&w->zram, Z_COMPR));
	row->same_kb = oom_pages_kb(w->image, oom_record_signed(&w->zram, Z_SAME));
	row->huge_kb = oom_pages_kb(w->image, oom_record_signed(&w->zram, Z_HUGE));
	row->mem_kb = row->disksize_kb == 0 ? 0 : pool_kb(w->image, &w->pool_pages, oom_record_ptr(&w->zram, Z_POOL));
	row->algorithm = algorithm_of(w);
	uint64_t disk = oom_record_ptr(&w->zram, Z_DISK);
	if (disk && w->disk_name.known)
		row->name = oom_string_at(w->image, disk + w->disk_name.offset, NAME_BYTES, w->c->arena);
	return true;
}

static void walk_zrams(struct oom_image *image, struct oom_case *c, struct oom_arena *temp)
{
	const struct oom_module *zram = oom_module_find(image, "zram");
	struct zram_walk w = {.image = image, .c = c};
	struct oom_layout layout;
	struct oom_member root;
	uint64_t index;
	if (oom_runs_without(image, "zram", "zram_index_idr")) {
		c->state->zrams.known = true;
		return;
	}
	oom_layout_find_in(&layout, image, zram, zram_wants, Z_NR);
	const struct oom_module *zsmalloc = oom_module_find(image, "zsmalloc");
	oom_module_member(image, zsmalloc, "zs_pool", "pages_allocated", &w.pool_pages);
	oom_member(image, "gendisk", "disk_name", &w.disk_name);
	if (!layout.m[Z_DISKSIZE].known || oom_module_symbol(image, zram, "zram_index_idr", &index) != OOM_OK ||
	    (oom_member(image, "idr", "idr_rt.xa_head", &root) != OOM_OK &&
	     oom_member(image, "idr", "idr_rt.rnode", &root) != OOM_OK) ||
	    !oom_record_init(&w.zram, image, &layout, temp)) {
		oom_case_missing(c, "zrams: the module's variables or types are not in the dump");
		return;
	}
	c->state->zrams.known = true;
	if (!oom_xarray_each(image, oom_deref(image, index + root.offset), DEVICES_MAX, take_zram, &w) || w.lost)
		oom_case_missing(c, "zrams: not all devices are in the dump");
}

void oom_walk_zram(struct oom_image *image, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	if (!temp || !oom_case_state(c))
		return;
	walk_zrams(image, c, temp);
	oom_walk_zswap(image, c);
}
