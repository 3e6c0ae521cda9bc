// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * One thread's walk over struct pages: whose is each page?
 *
 * A free block and a compound page are marked at their first page only, so what follows it is taken with it; a unit of
 * a sample that begins behind a first page looks for it: a tail page points to its head, a page within a free block has
 * its first page at one of the few places where a block of some order can begin. What alloc_pages() gives without
 * __GFP_COMP is counted (_refcount) at its first page only as well, and is told by that: pages behind it with count 0,
 * on no list of free pages, up to the next multiple of its order.
 */
#include "kernel/census.h"

#include <stdlib.h>
#include <string.h>

enum {
	READ_FRAMES = 512,
	MAX_PAGE = 256,	   // bytes of struct page
	MAPPING_FLAGS = 3, // low bits of page->mapping, mm/page-flags.h
	MAPPING_ANON = 1,
	MAPPING_MOVABLE = 2,
	MEMCG_OBJEXTS = 1, // MEMCG_DATA_OBJCGS, MEMCG_DATA_OBJEXTS: of slabs
	MEMCG_KMEM = 2,
	MEMCG_FLAGS = 7,
	BUDDY_ORDERS = 16, // more than any MAX_ORDER
};

/** What goes on behind a first page. */
struct extent {
	uint64_t end; // frame behind it
	enum oom_page_kind kind;
	unsigned order;
	size_t node;
	uint64_t charged; // memcg_data
};

struct oom_census_walk {
	const struct oom_census_plan *plan;
	struct oom_image *image;
	struct oom_census_count count;
	uint32_t *in_unit; // [node][bucket]: pages of the unit at hand
	uint32_t touched[2 * OOM_CENSUS_UNIT];
	size_t nr_touched;
	struct extent extent;
	struct extent run;		   // pages without __GFP_COMP: kind, node, charge
	uint64_t run_pfn, run_n;	   // the first, and how many so far
	int16_t node_of[OOM_CENSUS_NODES]; // id -> number, -1: no such node
	uint64_t last_key;
	size_t last_group;
	uint8_t buf[READ_FRAMES * MAX_PAGE];
};

static uint64_t get(const struct oom_census_walk *w, const uint8_t *page, struct oom_page_field f)
{
	return f.size ? oom_get_uint(w->image, page + f.at, f.size) : 0;
}

/* Counting. */

static size_t node_at(const struct oom_census_walk *w, uint64_t pfn)
{
	size_t found = w->plan->nr_nodes, n = 0;
	for (size_t i = 0; i < w->plan->nr_nodes; i++) {
		const struct oom_census_node *node = &w->plan->nodes[i];
		if (pfn - node->pfn < node->n) {
			found = i;
			n++;
		}
	}
	return n == 1 ? found : w->plan->nr_nodes; // spans of nodes may overlap: then it is not known
}

static size_t node_of(const struct oom_census_walk *w, uint64_t flags, uint64_t pfn)
{
	if (w->plan->nr_nodes == 1)
		return 0;
	if (!w->plan->page.node_shift)
		return node_at(w, pfn);
	uint64_t id = flags >> w->plan->page.node_shift;
	return id < OOM_CENSUS_NODES && w->node_of[id] >= 0 ? (size_t)w->node_of[id] : w->plan->nr_nodes;
}

static void count_in(struct oom_census_walk *w, size_t node, size_t bucket, uint32_t n)
{
	size_t at = node * OOM_CENSUS_BUCKETS + bucket;
	w->count.pages[at] += n;
	if (w->plan->sample == 1)
		return;
	if (!w->in_unit[at])
		w->touched[w->nr_touched++] = (uint32_t)at;
	w->in_unit[at] += n;
}

static void end_unit(struct oom_census_walk *w)
{
	for (size_t i = 0; i < w->nr_touched; i++) {
		uint32_t *n = &w->in_unit[w->touched[i]];
		w->count.squares[w->touched[i]] += (uint64_t)*n * *n;
		*n = 0;
	}
	w->nr_touched = 0;
	w->count.units++;
}

/** Number of the group that memcg_data tells. */
static struct oom_census_group *group_of(struct oom_census_walk *w, uint64_t key)
{
	if (key == w->last_key && w->count.groups.n)
		return &w->count.groups.v[w->last_group];
	const uint64_t *known = oom_map_get(&w->count.by_key, key);
	if (!known) {
		struct oom_census_group *group = oom_list_add(w->count.arena, &w->count.groups);
		if (!group || !oom_map_add(&w->count.by_key, key, w->count.groups.n - 1))
			return NULL;
		group->key = key;
		known = oom_map_get(&w->count.by_key, key);
	}
	w->last_key = key;
	w->last_group = (size_t)*known;
	return &w->count.groups.v[w->last_group];
}

static void charge(struct oom_census_walk *w, const struct extent *e, uint64_t n)
{
	const struct oom_page_layout *l = &w->plan->page;
	bool kmem = l->has_kmem_flag && e->charged & MEMCG_KMEM;
	if (!e->charged || (l->has_kmem_flag && e->charged & MEMCG_OBJEXTS) || e->kind == OOM_PAGE_FREE ||
	    e->kind == OOM_PAGE_PCP || e->kind == OOM_PAGE_RESERVED)
		return;
	// Which structure it is, is looked up when all are counted.
	struct oom_census_group *g = group_of(w, (e->charged & ~(uint64_t)MEMCG_FLAGS) | (kmem ? OOM_CENSUS_OBJCG : 0));
	if (!g)
		return;
	switch (e->kind) {
	case OOM_PAGE_ANON:
	case OOM_PAGE_SWAPCACHE:
		g->anon += n;
		break;
	case OOM_PAGE_FILE:
	case OOM_PAGE_ORPHAN:
		g->file += n;
		break;
	case OOM_PAGE_SHMEM:
		g->shmem += n;
		break;
	default:
		g->kernel += n;
	}
}

/** @p n pages of an extent, from @p pfn on. */
static void add(struct oom_census_walk *w, const struct extent *e, unsigned order, uint64_t pfn, uint64_t n)
{
	if (!n)
		return;
	w->count.looked_at += n;
	count_in(w, e->node, e->kind, (uint32_t)n);
	order = order < OOM_PAGE_ORDERS ? order : OOM_PAGE_ORDERS - 1;
	if (e->kind == OOM_PAGE_FREE)
		count_in(w, e->node, OOM_CENSUS_FREE + order, (uint32_t)n);
	else if (e->kind == OOM_PAGE_UNOWNED)
		count_in(w, e->node, OOM_CENSUS_UNOWNED + order, (uint32_t)n);
	charge(w, e, n);
	if (w->plan->owner.size && e->kind != OOM_PAGE_FREE && e->kind != OOM_PAGE_PCP && e->kind != OOM_PAGE_RESERVED)
		oom_owners_take(&w->count.owners, w->plan, w->image, w->count.arena, e->kind, pfn, n);
}

/* One page. */

static enum oom_page_kind mapped_kind(const struct oom_page_layout *l, uint64_t flags, uint64_t mapping)
{
	if (mapping & MAPPING_ANON)
		return OOM_PAGE_ANON;
	if (mapping & MAPPING_MOVABLE)
		return OOM_PAGE_MOVABLE;
	return flags & l->swapbacked ? OOM_PAGE_SHMEM : OOM_PAGE_FILE;
}

/** By what only the owner knows. */
static enum oom_page_kind quiet_kind(const struct oom_census_walk *w, const uint8_t *page, uint64_t flags, uint64_t pfn)
{
	const struct oom_page_layout *l = &w->plan->page;
	const uint64_t *set = oom_map_get(&w->plan->sets, pfn + 1);
	if (set)
		return (enum oom_page_kind) * set;
	if (oom_map_get(&w->plan->chunks, get(w, page, l->index)) ||
	    oom_map_get(&w->plan->chunks, get(w, page, l->private)))
		return OOM_PAGE_PERCPU;
	if (l->pool.size && (get(w, page, l->pool) & ~UINT64_C(3)) == l->pool_magic)
		return OOM_PAGE_POOL;
	if (!get(w, page, l->count))
		return OOM_PAGE_IDLE;
	if (l->has_kmem_flag && get(w, page, l->memcg) & MEMCG_KMEM)
		return OOM_PAGE_CHARGED;
	return flags & l->lru ? OOM_PAGE_ORPHAN : OOM_PAGE_UNOWNED;
}

/** Kind of a page that is no tail; @p second: the struct page behind it is there. */
static enum oom_page_kind kind_of(const struct oom_census_walk *w, const uint8_t *page, uint64_t pfn, bool second)
{
	const struct oom_page_layout *l = &w->plan->page;
	uint64_t flags = get(w, page, l->flags), mapping;
	uint32_t type = (uint32_t)get(w, page, l->type);
	if (flags & l->reserved)
		return OOM_PAGE_RESERVED;
	if (flags & l->hwpoison)
		return OOM_PAGE_HWPOISON;
	for (size_t i = 0; i < l->nr_types; i++)
		if ((type & l->types[i].mask) == l->types[i].value)
			return l->types[i].kind;
	if (flags & l->slab)
		return OOM_PAGE_SLAB;
	if (second && flags & l->compound && l->dtor_mask && (get(w, page, l->dtor) & l->dtor_mask) == l->dtor_hugetlb)
		return OOM_PAGE_HUGETLB;
	mapping = get(w, page, l->mapping);
	if (mapping)
		return mapped_kind(l, flags, mapping);
	if (flags & l->swapcache && flags & l->swapbacked)
		return OOM_PAGE_SWAPCACHE;
	return quiet_kind(w, page, flags, pfn);
}

/** Address of the head of the tail page at @p addr; 0: it is no tail. */
static uint64_t head_of(const struct oom_census_walk *w, const uint8_t *page, uint64_t addr)
{
	uint64_t head = get(w, page, w->plan->page.head);
	if (!(head & 1))
		return 0;
	// From 7.1 on it may be a mask for the tail's own address: all bits above the order's are set.
	unsigned word = oom_image_info(w->image)->ptr_size * 8;
	uint64_t upper = word == 64 ? UINT64_C(0xffffff) << 40 : UINT64_C(0xf0000000);
	return (head & upper) == upper ? addr & head & ~UINT64_C(1) : head - 1;
}

/** The order of a first page, 0: it is a single one. */
static unsigned order_of(const struct oom_census_walk *w, const uint8_t *page, enum oom_page_kind kind, uint64_t pfn)
{
	const struct oom_page_layout *l = &w->plan->page;
	uint64_t order = 0;
	if (kind == OOM_PAGE_FREE)
		order = get(w, page, l->private);
	else if (get(w, page, l->flags) & l->compound && l->order.size)
		order = get(w, page, l->order) & l->order_mask;
	// Blocks are aligned to their size: an order that does not fit is damage.
	return order < OOM_PAGE_ORDERS && !(pfn & ((UINT64_C(1) << order) - 1)) ? (unsigned)order : 0;
}

/** Reads the struct page of @p pfn, and the one behind it where @p two. */
static bool fetch(struct oom_census_walk *w, uint64_t pfn, uint8_t *to, bool two)
{
	uint64_t addr = oom_memmap_addr(&w->plan->memmap, pfn);
	return addr && oom_read(w->image, addr, to, w->plan->memmap.size * (two ? 2 : 1)) == OOM_OK;
}

/** Order of the pages without __GFP_COMP from @p first on, of which 2^@p order are seen: what lies behind the unit too.
 */
static unsigned whole_order(struct oom_census_walk *w, uint64_t first, unsigned order)
{
	uint8_t next[MAX_PAGE];
	while (order + 1 < BUDDY_ORDERS && !(first & ((UINT64_C(2) << order) - 1)) &&
	       fetch(w, first + (UINT64_C(1) << order), next, false) && !(get(w, next, w->plan->page.head) & 1) &&
	       kind_of(w, next, first + (UINT64_C(1) << order), false) == OOM_PAGE_IDLE)
		order++;
	return order;
}

/** Counts the pages without __GFP_COMP that were collected. */
static void end_run(struct oom_census_walk *w)
{
	unsigned order = 0;
	while (UINT64_C(1) << order < w->run_n)
		order++;
	if (w->run_n && w->plan->sample > 1 && !((w->run_pfn + w->run_n) % OOM_CENSUS_UNIT))
		order = whole_order(w, w->run_pfn, order);
	add(w, &w->run, order, w->run_pfn, w->run_n);
	w->run_n = 0;
}

/** Begins an extent at the first page @p page, if it is one of more than one. */
static void begin(struct oom_census_walk *w, const uint8_t *page, uint64_t pfn, enum oom_page_kind kind, bool second)
{
	uint64_t flags = get(w, page, w->plan->page.flags);
	unsigned order = second || kind == OOM_PAGE_FREE ? order_of(w, page, kind, pfn) : 0;
	w->extent = (struct extent){pfn + (UINT64_C(1) << order), kind, order, node_of(w, flags, pfn),
				    get(w, page, w->plan->page.memcg)};
}

/* Pages whose first one was not seen. */

/** The first page of the compound page that the tail at @p addr belongs to. */
static bool from_head(struct oom_census_walk *w, const uint8_t *page, uint64_t addr, uint64_t pfn)
{
	uint8_t first[2 * MAX_PAGE];
	uint64_t head = oom_memmap_pfn(&w->plan->memmap, head_of(w, page, addr));
	if (head >= pfn || !fetch(w, head, first, true) ||
	    !(get(w, first, w->plan->page.flags) & w->plan->page.compound))
		return false;
	begin(w, first, head, kind_of(w, first, head, true), true);
	return w->extent.end > pfn;
}

/** May pages of this kind have been taken without __GFP_COMP? */
static bool may_run(enum oom_page_kind kind)
{
	return kind == OOM_PAGE_UNOWNED || kind == OOM_PAGE_CHARGED || kind == OOM_PAGE_TABLE;
}

/** The free block that @p pfn, a page with count 0, is within; or the pages without __GFP_COMP. */
static bool from_block(struct oom_census_walk *w, uint64_t pfn)
{
	uint8_t first[MAX_PAGE], before[MAX_PAGE];
	bool idle = pfn && fetch(w, pfn - 1, before, false) && kind_of(w, before, pfn - 1, false) == OOM_PAGE_IDLE;
	for (unsigned order = 1; order < BUDDY_ORDERS; order++) {
		uint64_t at = pfn & ~((UINT64_C(1) << order) - 1);
		if (at == pfn || !fetch(w, at, first, false))
			continue;
		enum oom_page_kind kind = kind_of(w, first, at, false);
		if (kind != OOM_PAGE_FREE && !(idle && may_run(kind)))
			continue;
		begin(w, first, at, kind, false);
		if (kind != OOM_PAGE_FREE) {
			w->extent.order = whole_order(w, at, order);
			w->extent.end = at + (UINT64_C(1) << w->extent.order);
		}
		return w->extent.end > pfn;
	}
	return false;
}

/* A row of pages. */

/** Is @p pfn, whose count is 0, one of the pages behind the last one without __GFP_COMP? */
static bool continues(const struct oom_census_walk *w, uint64_t pfn)
{
	uint64_t n = pfn - w->run_pfn, size = 1;
	while (size <= n)
		size *= 2;
	return w->run_n && pfn == w->run_pfn + w->run_n && !(w->run_pfn & (size - 1));
}

/** A page that no extent covers; afterwards one does, or it is in the run, or it could not be told. */
static void take_page(struct oom_census_walk *w, const uint8_t *page, uint64_t pfn, uint64_t addr, bool second,
		      bool first)
{
	if (get(w, page, w->plan->page.head) & 1) {
		end_run(w);
		if (!from_head(w, page, addr, pfn)) {
			w->extent.end = 0;
			w->count.unreadable++;
		}
		return;
	}
	enum oom_page_kind kind = kind_of(w, page, pfn, second);
	if (kind == OOM_PAGE_IDLE && continues(w, pfn)) {
		w->run_n++;
		return;
	}
	end_run(w);
	if (kind == OOM_PAGE_IDLE && first && from_block(w, pfn))
		return;
	begin(w, page, pfn, kind, second);
	if (w->extent.order || !may_run(kind))
		return;
	w->run = w->extent;
	w->run_pfn = pfn;
	w->run_n = 1;
	w->extent.end = 0;
}

/** @p n struct pages at @p pages; @p first: what is before them was not seen. */
static void take_pages(struct oom_census_walk *w, const uint8_t *pages, uint64_t pfn, uint64_t addr, uint64_t n,
		       bool first)
{
	uint32_t size = w->plan->memmap.size;
	for (uint64_t i = 0; i < n;) {
		if (w->extent.end <= pfn + i) {
			take_page(w, pages + i * size, pfn + i, addr + i * size, i + 1 < n, first && !i);
			if (w->extent.end <= pfn + i) { // counted already, or within a run
				i++;
				continue;
			}
		}
		uint64_t left = w->extent.end - (pfn + i), here = left < n - i ? left : n - i;
		add(w, &w->extent, w->extent.order, pfn + i, here);
		i += here;
	}
}

/** A piece of a row, read at once if all of it is there, else by units. */
static void take_piece(struct oom_census_walk *w, uint64_t pfn, uint64_t addr, uint64_t n, bool first)
{
	uint32_t size = w->plan->memmap.size;
	if (oom_read(w->image, addr, w->buf, n * size) == OOM_OK) {
		take_pages(w, w->buf, pfn, addr, n, first);
	} else if (n > OOM_CENSUS_UNIT) {
		for (uint64_t i = 0; i < n; i += OOM_CENSUS_UNIT)
			take_piece(w, pfn + i, addr + i * size, n - i < OOM_CENSUS_UNIT ? n - i : OOM_CENSUS_UNIT,
				   first && !i);
	} else {
		end_run(w);
		w->extent.end = 0;
		w->count.unreadable += n;
	}
}

/** Which unit of @p sample is looked at, of those that begin at unit @p first: not always the same, but always again.
 */
static uint64_t chosen(uint64_t first, uint64_t sample)
{
	uint64_t x = (first + 1) * UINT64_C(0x9e3779b97f4a7c15);
	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (x >> 32) % sample;
}

void oom_census_walk_frames(struct oom_census_walk *w, const struct oom_memmap_run *run, uint64_t pfn, uint64_t end)
{
	uint64_t sample = w->plan->sample, step = sample == 1 ? READ_FRAMES : OOM_CENSUS_UNIT;
	w->extent.end = w->run_n = 0;
	for (uint64_t at = pfn; at < end; at += step * sample) {
		uint64_t from = at + (sample == 1 ? 0 : chosen(at / step, sample) * step);
		if (from >= end)
			continue;
		uint64_t n = end - from < step ? end - from : step;
		bool first = sample > 1 || at == pfn;
		if (sample > 1)
			w->extent.end = 0;
		take_piece(w, from, run->addr + (from - run->pfn) * w->plan->memmap.size, n, first);
		if (sample > 1) {
			end_run(w);
			end_unit(w);
		}
	}
	end_run(w);
}

struct oom_census_count *oom_census_walk_count(struct oom_census_walk *w)
{
	return &w->count;
}

struct oom_census_walk *oom_census_walk_new(const struct oom_census_plan *plan, struct oom_image *image)
{
	struct oom_census_walk *w = calloc(1, sizeof(*w));
	size_t n = (plan->nr_nodes + 1) * OOM_CENSUS_BUCKETS;
	if (!w)
		return NULL;
	w->plan = plan;
	w->image = image;
	w->count.arena = oom_arena_new();
	w->count.pages = calloc(n, sizeof(*w->count.pages));
	w->count.squares = calloc(n, sizeof(*w->count.squares));
	w->in_unit = calloc(n, sizeof(*w->in_unit));
	memset(w->node_of, 0xff, sizeof(w->node_of));
	for (size_t i = 0; i < plan->nr_nodes; i++)
		if (plan->nodes[i].id >= 0 && plan->nodes[i].id < OOM_CENSUS_NODES)
			w->node_of[plan->nodes[i].id] = (int16_t)i;
	if (w->count.arena && w->count.pages && w->count.squares && w->in_unit)
		return w;
	oom_census_walk_free(w);
	return NULL;
}

void oom_census_walk_free(struct oom_census_walk *w)
{
	if (!w)
		return;
	oom_map_free(&w->count.by_key);
	oom_map_free(&w->count.owners.by_handle);
	oom_arena_free(w->count.arena);
	free(w->count.pages);
	free(w->count.squares);
	free(w->in_unit);
	free(w);
}
