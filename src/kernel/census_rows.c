// SPDX-License-Identifier: GPL-2.0-or-later
/** @file From the counts of the census to facts: sizes, of a sample with error, and the groups that are charged. */
#include "kernel/census.h"
#include "kernel/tasks.h"

#include <math.h>
#include <stdlib.h>

enum { GROUPS_LISTED = 100 };

static const char *const names[OOM_PAGE_NR_KINDS] = {
	[OOM_PAGE_FREE] = "free",
	[OOM_PAGE_PCP] = "free-pcp",
	[OOM_PAGE_ANON] = "anon",
	[OOM_PAGE_SWAPCACHE] = "swap-cache",
	[OOM_PAGE_FILE] = "file",
	[OOM_PAGE_SHMEM] = "shmem",
	[OOM_PAGE_ORPHAN] = "truncated",
	[OOM_PAGE_SLAB] = "slab",
	[OOM_PAGE_TABLE] = "page-table",
	[OOM_PAGE_HUGETLB] = "hugetlb",
	[OOM_PAGE_STACK] = "kernel-stack",
	[OOM_PAGE_VMALLOC] = "vmalloc",
	[OOM_PAGE_PERCPU] = "percpu",
	[OOM_PAGE_ZSMALLOC] = "zsmalloc",
	[OOM_PAGE_MOVABLE] = "driver",
	[OOM_PAGE_POOL] = "page-pool",
	[OOM_PAGE_OFFLINE] = "offline",
	[OOM_PAGE_GUARD] = "guard",
	[OOM_PAGE_UNACCEPTED] = "unaccepted",
	[OOM_PAGE_HWPOISON] = "hwpoison",
	[OOM_PAGE_CHARGED] = "charged",
	[OOM_PAGE_UNOWNED] = "unowned",
	[OOM_PAGE_IDLE] = "idle",
	[OOM_PAGE_RESERVED] = "reserved",
};

const char *oom_page_kind_name(enum oom_page_kind kind)
{
	return names[kind];
}

struct rows {
	const struct oom_census_plan *plan;
	const struct oom_census_count *sum;
	struct oom_case *c;
	struct oom_census *census;
	double scale; // of a sample: units that there are for each that was looked at
};

/**
 * Adds the row of @p pages in the units looked at, whose squares sum up to @p squares. The estimate is that of a simple
 * random sample of units without replacement; taking one of each @p sample in a row can only be better.
 */
static void add_row(struct rows *r, size_t bucket, int64_t node, int64_t order, uint64_t pages, uint64_t squares)
{
	if (!pages)
		return;
	struct oom_census_row *row = oom_add_census_row(r->c->arena, &r->census->owners);
	if (!row)
		return;
	size_t kind = bucket < OOM_PAGE_NR_KINDS    ? bucket
		      : bucket < OOM_CENSUS_UNOWNED ? OOM_PAGE_FREE
						    : OOM_PAGE_UNOWNED;
	row->owner = names[kind];
	row->node = node;
	row->order = order;
	row->kb = oom_pages_kb(r->plan->image, (int64_t)((double)pages * r->scale + 0.5));
	if (r->plan->sample == 1)
		return;
	// As if one more unit, full of it, had been looked at: what is rare and in large pieces may not have been met.
	double n = (double)r->sum->units, all = n * r->scale, one_more = (double)OOM_CENSUS_UNIT * OOM_CENSUS_UNIT;
	double variance = n > 1 ? ((double)squares + one_more - (double)pages * (double)pages / n) / (n - 1) : 0;
	double error = 1.96 * all * sqrt((variance > 0 ? variance : 0) / n * (1 - n / all));
	row->error_kb = n > 1 ? oom_pages_kb(r->plan->image, (int64_t)(error + 0.5)) : OOM_ABSENT;
}

/** The bucket over all nodes. */
static void add_total(struct rows *r, size_t bucket, int64_t order)
{
	uint64_t pages = 0, squares = 0;
	// A unit within two nodes is counted in each of them: rare, and the error is no worse than that.
	for (size_t node = 0; node <= r->plan->nr_nodes; node++) {
		pages += r->sum->pages[node * OOM_CENSUS_BUCKETS + bucket];
		squares += r->sum->squares[node * OOM_CENSUS_BUCKETS + bucket];
	}
	add_row(r, bucket, OOM_ABSENT, order, pages, squares);
}

static void add_node(struct rows *r, size_t node)
{
	for (size_t kind = 0; kind < OOM_PAGE_NR_KINDS; kind++) {
		size_t at = node * OOM_CENSUS_BUCKETS + kind;
		add_row(r, kind, r->plan->nodes[node].id, OOM_ABSENT, r->sum->pages[at], r->sum->squares[at]);
	}
}

static int larger_first(const void *a, const void *b)
{
	const struct oom_census_row *x = a, *y = b;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	return (x > y) - (x < y);
}

static void add_owners(struct rows *r)
{
	for (size_t kind = 0; kind < OOM_PAGE_NR_KINDS; kind++)
		add_total(r, kind, OOM_ABSENT);
	if (r->census->owners.n)
		qsort(r->census->owners.v, r->census->owners.n, sizeof(*r->census->owners.v), larger_first);
	for (size_t order = 0; order < OOM_PAGE_ORDERS; order++)
		add_total(r, OOM_CENSUS_FREE + order, (int64_t)order);
	for (size_t order = 0; order < OOM_PAGE_ORDERS; order++)
		add_total(r, OOM_CENSUS_UNOWNED + order, (int64_t)order);
	for (size_t node = 0; r->plan->nr_nodes > 1 && node < r->plan->nr_nodes; node++)
		add_node(r, node);
}

/* Groups. */

struct group {
	uint64_t memcg; // 0: it cannot be told
	struct oom_census_group pages;
};

struct groups {
	struct rows *rows;
	struct oom_arena *temp;
	struct oom_cgroups *cgroups;
	struct oom_map known; // of the case: address -> number + 1
	struct oom_map seen;  // address -> number in the list
	struct oom_member memcg, is_root, css_cgroup;
	OOM_LIST(group_list, struct group) list;
};

/**
 * struct mem_cgroup that memcg_data means. Kernel pages are charged through a struct obj_cgroup from 5.11 on, which
 * outlives its group and then belongs to the parent; the others too from the kernel on whose root has one as well (its
 * is_root, 7.1).
 */
static uint64_t memcg_of(const struct groups *g, uint64_t key)
{
	uint64_t at = key & ~(uint64_t)OOM_CENSUS_OBJCG;
	bool indirect = key & OOM_CENSUS_OBJCG || g->is_root.known;
	if (!indirect || (oom_map_get(&g->known, at) && !(key & OOM_CENSUS_OBJCG)))
		return at;
	return g->memcg.known ? oom_deref(g->rows->plan->image, at + g->memcg.offset) : 0;
}

static void collect(struct groups *g)
{
	const struct oom_census_count *sum = g->rows->sum;
	for (size_t i = 0; i < sum->groups.n; i++) {
		const struct oom_census_group *from = &sum->groups.v[i];
		uint64_t memcg = memcg_of(g, from->key), key = memcg ? memcg : 1;
		const uint64_t *at = oom_map_get(&g->seen, key);
		struct group *group = at ? &g->list.v[*at] : oom_list_add(g->temp, &g->list);
		if (!group)
			return;
		if (!at)
			oom_map_add(&g->seen, key, g->list.n - 1);
		group->memcg = memcg;
		group->pages.anon += from->anon;
		group->pages.file += from->file;
		group->pages.shmem += from->shmem;
		group->pages.kernel += from->kernel;
	}
}

static uint64_t sum_of(const struct group *g)
{
	return g->pages.anon + g->pages.file + g->pages.shmem + g->pages.kernel;
}

static int most_first(const void *a, const void *b)
{
	uint64_t x = sum_of(a), y = sum_of(b);
	if (x != y)
		return (x < y) - (x > y);
	return (((const struct group *)a)->memcg > ((const struct group *)b)->memcg) -
	       (((const struct group *)a)->memcg < ((const struct group *)b)->memcg);
}

static int64_t group_kb(const struct groups *g, uint64_t pages)
{
	return oom_pages_kb(g->rows->plan->image, (int64_t)((double)pages * g->rows->scale + 0.5));
}

static void add_group(struct groups *g, const struct group *from)
{
	struct oom_census_memcg *row = oom_add_census_memcg(g->rows->c->arena, &g->rows->census->memcgs);
	if (!row)
		return;
	row->anon_kb = group_kb(g, from->pages.anon);
	row->file_kb = group_kb(g, from->pages.file);
	row->shmem_kb = group_kb(g, from->pages.shmem);
	row->kernel_kb = group_kb(g, from->pages.kernel);
	if (!from->memcg)
		return;
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct mem_cgroup", (int64_t)from->memcg};
	const uint64_t *at = oom_map_get(&g->known, from->memcg);
	const struct oom_memcg *memcg = at && *at ? &g->rows->c->state->memcgs.v[*at - 1] : NULL;
	row->dying = memcg ? memcg->dying : OOM_MAYBE;
	row->path = memcg ? memcg->path : NULL;
	if (!row->path && g->css_cgroup.known && g->cgroups)
		row->path = oom_cgroups_path(g->cgroups,
					     oom_deref(g->rows->plan->image, from->memcg + g->css_cgroup.offset));
}

static void add_groups(struct rows *r, struct oom_arena *temp)
{
	struct groups g = {.rows = r, .temp = temp};
	struct oom_image *image = r->plan->image;
	const struct oom_memcgs *memcgs = &r->c->state->memcgs;
	r->census->memcgs.known = r->plan->page.memcg.size != 0;
	oom_member(image, "obj_cgroup", "memcg", &g.memcg);
	oom_member(image, "obj_cgroup", "is_root", &g.is_root);
	oom_member(image, "mem_cgroup", "css.cgroup", &g.css_cgroup);
	for (size_t i = 0; i < memcgs->n; i++)
		oom_map_add(&g.known, (uint64_t)memcgs->v[i].origin.at, i + 1);
	oom_map_add(&g.known, oom_variable_ptr(image, "root_mem_cgroup"), 0);
	g.cgroups = oom_cgroups_new(image, temp, r->c->arena);
	collect(&g);
	if (g.list.n)
		qsort(g.list.v, g.list.n, sizeof(*g.list.v), most_first);
	for (size_t i = 0; i < g.list.n && i < GROUPS_LISTED; i++)
		add_group(&g, &g.list.v[i]);
	if (g.list.n > GROUPS_LISTED)
		oom_case_missing(r->c, "census: the %d largest of %zu groups are listed", GROUPS_LISTED, g.list.n);
	oom_cgroups_free(g.cgroups);
	oom_map_free(&g.known);
	oom_map_free(&g.seen);
}

void oom_census_add(const struct oom_census_plan *plan, struct oom_census_count *sum, struct oom_case *c)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct rows r = {.plan = plan, .sum = sum, .c = c, .scale = 1};
	if (!sum->looked_at) {
		oom_case_missing(
			c, "census: no struct page could be read: a slim dump has none, and ppc64's are not found");
		return;
	}
	r.census = temp ? oom_new_census(c->arena) : NULL;
	if (!r.census)
		return;
	r.census->owners.known = true;
	r.census->pages = (int64_t)plan->memmap.pages;
	r.census->looked_at = (int64_t)sum->looked_at;
	r.census->unreadable = (int64_t)sum->unreadable;
	r.census->sample = (int64_t)plan->sample;
	if (plan->sample > 1)
		r.scale = (double)plan->memmap.pages / (double)(sum->looked_at + sum->unreadable);
	if (sum->unreadable)
		oom_case_missing(c, "census: the struct pages of %lu frames are not in the dump",
				 (unsigned long)sum->unreadable);
	add_owners(&r);
	add_groups(&r, temp);
	oom_owners_add(plan, &sum->owners, r.scale, r.census, c);
	c->state->census = r.census;
}
