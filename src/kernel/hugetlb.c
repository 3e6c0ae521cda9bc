// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Pools of huge pages. Source: include/linux/hugetlb.h, mm/hugetlb.c: hstates[hugetlb_max_hstate].
 */
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { H_ORDER, H_NR, H_FREE, H_RESV, H_SURPLUS, H_NODE_NR, H_NODE_FREE, H_NODE_SURPLUS, H_END };
static const struct oom_want wants[H_END] = {
	[H_ORDER] = {"hstate", "order", NULL},
	[H_NR] = {"hstate", "nr_huge_pages", NULL},
	[H_FREE] = {"hstate", "free_huge_pages", NULL},
	[H_RESV] = {"hstate", "resv_huge_pages", NULL},
	[H_SURPLUS] = {"hstate", "surplus_huge_pages", NULL},
	[H_NODE_NR] = {"hstate", "nr_huge_pages_node", NULL},
	[H_NODE_FREE] = {"hstate", "free_huge_pages_node", NULL},
	[H_NODE_SURPLUS] = {"hstate", "surplus_huge_pages_node", NULL},
};

enum { HSTATES_MAX = 16, ORDER_MAX = 40 };

/** Calls @p each for every pool. True if all could be read; a kernel without hugetlb has none. */
static bool each_pool(struct oom_image *image, void (*each)(void *arg, const struct oom_record *pool), void *arg)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct oom_layout layout;
	struct oom_record pool;
	uint32_t size;
	uint64_t table;
	if (!temp || oom_built_without(image, "hstates"))
		return temp != NULL;
	int64_t n = oom_variable(image, "hugetlb_max_hstate", 4);
	oom_layout_find(&layout, image, wants, H_END);
	if (oom_symbol(image, "hstates", &table) != OOM_OK || oom_type_size(image, "hstate", &size) != OOM_OK ||
	    n < 0 || n > HSTATES_MAX || !oom_record_init(&pool, image, &layout, temp))
		return false;
	for (int64_t i = 0; i < n; i++) {
		if (!oom_record_read(&pool, table + (uint64_t)i * size))
			return false;
		each(arg, &pool);
	}
	return true;
}

static int64_t page_kb(const struct oom_record *pool)
{
	int64_t order = oom_record_int(pool, H_ORDER);
	return order >= 0 && order <= ORDER_MAX ? oom_pages_kb(pool->image, INT64_C(1) << order) : OOM_ABSENT;
}

static struct oom_hugetlb *add_row(struct oom_case *c, const struct oom_record *pool)
{
	struct oom_hugetlb *row = oom_add_hugetlb(c->arena, &c->state->hugetlb);
	if (row) {
		row->size_kb = page_kb(pool);
		row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct hstate", (int64_t)pool->addr};
	}
	return row;
}

static void add_pool(void *arg, const struct oom_record *pool)
{
	struct oom_case *c = arg;
	struct oom_hugetlb *row = add_row(c, pool);
	if (!row)
		return;
	row->total = oom_record_signed(pool, H_NR);
	row->free = oom_record_signed(pool, H_FREE);
	row->reserved = oom_record_signed(pool, H_RESV);
	row->surplus = oom_record_signed(pool, H_SURPLUS);
	for (size_t i = 0; i < c->state->nodes.n; i++) {
		int64_t node = c->state->nodes.v[i].id;
		if (node < 0 || !oom_known(oom_record_nth(pool, H_NODE_NR, (size_t)node)))
			continue;
		row = add_row(c, pool);
		if (!row)
			return;
		row->node = node;
		row->total = oom_record_nth(pool, H_NODE_NR, (size_t)node);
		row->free = oom_record_nth(pool, H_NODE_FREE, (size_t)node);
		row->surplus = oom_record_nth(pool, H_NODE_SURPLUS, (size_t)node);
	}
}

void oom_walk_hugetlb(struct oom_image *image, struct oom_case *c)
{
	if (!oom_case_state(c))
		return;
	if (each_pool(image, add_pool, c))
		c->state->hugetlb.known = true;
	else
		oom_case_missing(c, "hugetlb: hstates cannot be read or are not described");
}

static void add_size(void *arg, const struct oom_record *pool)
{
	int64_t *sum = arg, kb = page_kb(pool), n = oom_record_signed(pool, H_NR);
	if (!oom_known(*sum) || !oom_known(kb) || n < 0 || __builtin_mul_overflow(kb, n, &kb))
		*sum = OOM_ABSENT;
	else
		*sum = oom_plus(*sum, kb);
}

int64_t oom_hugetlb_total_kb(struct oom_image *image)
{
	int64_t sum = 0;
	return each_pool(image, add_size, &sum) ? sum : OOM_ABSENT;
}
