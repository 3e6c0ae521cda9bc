// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * zswap: what it holds, and what that takes. Source: mm/zswap.c, mm/zpool.c.
 *
 * Until 6.7 the pools' sizes were kept as a sum, zswap_pool_total_size (bytes). Since 6.8 (bf9b7df23cb3) they are added
 * up over the list zswap_pools, each of whose pools has
 *   zpools[]   several zpools, 6.3 to 6.10
 *   zpool      one, before and after
 *   zs_pool    zsmalloc's own pool, since there is no other (6.18)
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

#include <string.h>

enum { POOLS_MAX = 256, DRIVER_BYTES = 16 };

struct zswap_walk {
	struct oom_image *image;
	struct oom_member list, pools, driver, type, own; // of zswap_pool; of zpool
	int64_t kb;
};

/** KiB of an allocator's pool; OOM_ABSENT. */
static int64_t allocator_kb(struct oom_image *image, const char *driver, uint64_t pool)
{
	static const struct {
		const char *driver, *type, *member;
	} kinds[] = {{"zsmalloc", "zs_pool", "pages_allocated"},
		     {"zbud", "zbud_pool", "pages_nr"},
		     {"z3fold", "z3fold_pool", "pages_nr"}};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct oom_member pages;
		uint64_t n;
		if (strcmp(kinds[i].driver, driver) != 0 || !pool ||
		    oom_module_member(image, oom_module_find(image, driver), kinds[i].type, kinds[i].member, &pages) !=
			    OOM_OK ||
		    oom_read_u64(image, pool + pages.offset, &n) != OOM_OK || n > INT64_MAX)
			continue;
		return oom_pages_kb(image, (int64_t)n);
	}
	return OOM_ABSENT;
}

/** KiB of the pool that zswap_pool points to. */
static int64_t pool_kb(const struct zswap_walk *w, uint64_t pool)
{
	char driver[DRIVER_BYTES];
	if (!w->driver.known)
		return allocator_kb(w->image, "zsmalloc", pool);
	uint64_t type = oom_deref(w->image, oom_deref(w->image, pool + w->driver.offset) + w->type.offset);
	if (!pool || !type || oom_read_string(w->image, type, driver, sizeof(driver)) != OOM_OK)
		return OOM_ABSENT;
	return allocator_kb(w->image, driver, oom_deref(w->image, pool + w->own.offset));
}

static bool take_pool(void *arg, uint64_t entry)
{
	struct zswap_walk *w = arg;
	uint64_t at = entry - w->list.offset + w->pools.offset, word = oom_image_info(w->image)->ptr_size;
	for (uint64_t i = 0; i < (w->pools.count ? w->pools.count : 1) && oom_known(w->kb); i++) {
		int64_t kb = pool_kb(w, oom_deref(w->image, at + i * word));
		w->kb = oom_known(kb) ? oom_plus(w->kb, kb) : OOM_ABSENT;
	}
	return oom_known(w->kb);
}

/** KiB of all pools; OOM_ABSENT. */
static int64_t pools_kb(struct oom_image *image)
{
	struct zswap_walk w = {.image = image};
	uint64_t head;
	bool direct = oom_member(image, "zswap_pool", "zs_pool", &w.pools) == OOM_OK;
	if (!direct && oom_member(image, "zswap_pool", "zpools", &w.pools) != OOM_OK &&
	    oom_member(image, "zswap_pool", "zpool", &w.pools) != OOM_OK)
		return OOM_ABSENT;
	if (!direct && (oom_member(image, "zpool", "driver", &w.driver) != OOM_OK ||
			oom_member(image, "zpool_driver", "type", &w.type) != OOM_OK ||
			oom_member(image, "zpool", "pool", &w.own) != OOM_OK))
		return OOM_ABSENT;
	if (oom_member(image, "zswap_pool", "list", &w.list) != OOM_OK ||
	    oom_symbol(image, "zswap_pools", &head) != OOM_OK || !oom_list_each(image, head, POOLS_MAX, take_pool, &w))
		return OOM_ABSENT;
	return w.kb;
}

void oom_walk_zswap(struct oom_image *image, struct oom_case *c)
{
	struct oom_memory *m = oom_case_state(c) ? &c->state->memory : NULL;
	if (!m || oom_built_without(image, "zswap_stored_pages"))
		return;
	m->zswapped_kb = oom_pages_kb(image, oom_variable(image, "zswap_stored_pages", 0));
	struct oom_member wide;
	// atomic_t before 6.12 (6e1fa555ec77): the upper half is another variable's.
	if (oom_member(image, "zswap_pool", "zpool", &wide) == OOM_OK ||
	    oom_member(image, "zswap_pool", "zpools", &wide) == OOM_OK) {
		int64_t narrow = oom_variable(image, "zswap_stored_pages", 4), full = oom_or(m->zswapped_kb, -1);
		if (full < 0 || full > oom_or(m->swap_total_kb, 0))
			m->zswapped_kb = oom_pages_kb(image, narrow);
	}
	if (!oom_built_without(image, "zswap_pool_total_size")) {
		int64_t bytes = oom_variable(image, "zswap_pool_total_size", 8);
		m->zswap_kb = bytes >= 0 ? bytes / 1024 : OOM_ABSENT;
	} else {
		m->zswap_kb = m->zswapped_kb == 0 ? 0 : pools_kb(image);
	}
	if (!oom_known(m->zswap_kb))
		oom_case_missing(c, "memory.zswap_kb: the size of zswap's pools cannot be read");
}
