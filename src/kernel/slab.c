// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Slab caches. Source: mm/slab_common.c, mm/slub.c, mm/slab.c (until 6.8), include/linux/slab.h.
 *
 *   slab_caches -> struct kmem_cache, for each node struct kmem_cache_node:
 *   SLUB   nr_slabs, total_objects (CONFIG_SLUB_DEBUG); objects in use are all but those that the slabs on the nodes'
 *          partial lists have free. Free objects on the CPUs' own lists and sheaves count as in use, as in
 * /proc/slabinfo. SLAB   total_slabs, free_objects (4.10)
 *
 * A slab of the order that the cache wants may not have been to be had: such a slab is of the cache's smallest order
 * and holds fewer objects, so the two sums tell how many there are. Before 5.9 (9855609bde03) each memory cgroup had
 * caches of its own; they are summed up in their root cache's row.
 */
#include "kernel/kernel.h"
#include "kernel/slab.h"
#include "kernel/walk.h"

#include <stdlib.h>

enum { C_LIST, C_NAME, C_SIZE, C_OBJECT_SIZE, C_FLAGS, C_OO, C_MIN, C_ORDER, C_NUM, C_ROOT, C_SD, C_NR };
static const struct oom_want cache_wants[C_NR] = {
	[C_LIST] = {"kmem_cache", "list", NULL},
	[C_NAME] = {"kmem_cache", "name", NULL},
	[C_SIZE] = {"kmem_cache", "size", NULL},
	[C_OBJECT_SIZE] = {"kmem_cache", "object_size", NULL},
	[C_FLAGS] = {"kmem_cache", "flags", NULL},
	[C_OO] = {"kmem_cache", "oo.x", NULL}, // SLUB: order << 16 | objects in a slab
	[C_MIN] = {"kmem_cache", "min.x", NULL},
	[C_ORDER] = {"kmem_cache", "gfporder", NULL}, // SLAB
	[C_NUM] = {"kmem_cache", "num", NULL},
	[C_ROOT] = {"kmem_cache", "memcg_params.root_cache", NULL}, // 4.11 to 5.8
	[C_SD] = {"kmem_cache", "kobj.sd", NULL},
};

enum { N_SLABS, N_OBJECTS, N_PARTIAL, N_NR_PARTIAL, N_TOTAL_SLABS, N_FREE_OBJECTS, N_NR };
static const struct oom_want node_wants[N_NR] = {
	[N_SLABS] = {"kmem_cache_node", "nr_slabs", NULL},
	[N_OBJECTS] = {"kmem_cache_node", "total_objects", NULL},
	[N_PARTIAL] = {"kmem_cache_node", "partial", NULL},
	[N_NR_PARTIAL] = {"kmem_cache_node", "nr_partial", NULL},
	[N_TOTAL_SLABS] = {"kmem_cache_node", "total_slabs", "num_slabs"},
	[N_FREE_OBJECTS] = {"kmem_cache_node", "free_objects", NULL},
};

enum { S_LIST, S_INUSE, S_OBJECTS, S_NR };
static const struct oom_want slab_wants[S_NR] = {
	[S_LIST] = {"slab", "slab_list", NULL},
	[S_INUSE] = {"slab", "inuse", NULL},
	[S_OBJECTS] = {"slab", "objects", NULL},
};
static const struct oom_want page_wants[S_NR] = {
	// Before 5.17 (bb192ed9aa71) a slab was described by its struct page; lru before 4.18 (916ac0527837).
	[S_LIST] = {"page", "slab_list", "lru"},
	[S_INUSE] = {"page", "inuse", NULL},
	[S_OBJECTS] = {"page", "objects", NULL},
};

enum {
	CACHES_MAX = 1 << 20,	// some thousand cgroups with some hundred caches each, before 5.9
	SLABS_LOOKED_AT = 4000, // on partial lists, unless --deep: each is a page of struct page to read
	SLABS_MAX = 1 << 26,
	OO_SHIFT = 16,
	ORDER_MAX = 20,
	NAME_MAX_BYTES = 128,
	RECLAIM_ACCOUNT = 0x20000, // SLAB_RECLAIM_ACCOUNT, before the flags became an enum in 6.9 (cc61eb851461)
};

/** The numbers of one kmem_cache, summed over its nodes. */
struct sums {
	int64_t slabs, objects, free, partial;
};

/** A cache, and the row that it is summed up in. */
struct cache {
	uint64_t addr;
	size_t row;
	int64_t kb;
};

struct slab_walk {
	struct oom_image *image;
	struct oom_case *c;
	struct oom_arena *temp;
	struct oom_layout cache_layout, node_layout, slab_layout;
	struct oom_record cache, node, slab;
	struct oom_member node_array, per_node; // pointer number i of kmem_cache.node[]; within .per_node[] since 7.1
	int64_t reclaim_flag;
	size_t slabs_left;
	struct oom_map rows; // kmem_cache -> row
	OOM_LIST(caches, struct cache) caches;
	size_t lost, uncounted;
	int64_t free; // of the partial list that is being walked
	bool broken;
};

/** The kmem_cache_node of the cache at @p cache on node @p id; 0: there is none. */
static uint64_t node_of(const struct slab_walk *w, uint64_t cache, int64_t id)
{
	const struct oom_member *m = &w->node_array;
	if (!m->known || id < 0 || (m->count && (uint64_t)id >= m->count))
		return 0;
	return oom_deref(w->image, cache + m->offset + (uint64_t)id * m->elem_size + w->per_node.offset);
}

/** SLUB's or SLAB's counters of one node; false if they are not known. */
static bool add_node(const struct slab_walk *w, uint64_t addr, int64_t per_slab, struct sums *sums)
{
	struct oom_record *n = (struct oom_record *)&w->node;
	if (!oom_record_read(n, addr))
		return false;
	if (oom_record_has(n, N_SLABS)) {
		int64_t slabs = oom_record_signed(n, N_SLABS), objects = oom_record_signed(n, N_OBJECTS);
		if (slabs < 0 || slabs > SLABS_MAX || objects < 0 || objects > (INT64_C(1) << 40))
			return false;
		sums->slabs += slabs;
		sums->objects += objects;
		int64_t partial = oom_record_int(n, N_NR_PARTIAL);
		sums->partial += partial > 0 && partial <= SLABS_MAX ? partial : 0;
		return true;
	}
	int64_t slabs = oom_record_int(n, N_TOTAL_SLABS), free = oom_record_int(n, N_FREE_OBJECTS);
	if (slabs < 0 || slabs > SLABS_MAX || free < 0 || per_slab <= 0)
		return false;
	sums->slabs += slabs;
	sums->objects += slabs * per_slab;
	sums->free += free;
	return true;
}

/** Sums over the nodes of the cache that is in the record. */
static bool sum_nodes(const struct slab_walk *w, int64_t per_slab, struct sums *sums)
{
	const struct oom_nodes *nodes = &w->c->state->nodes;
	bool any = false;
	for (size_t i = 0; i < nodes->n; i++) {
		uint64_t addr = node_of(w, w->cache.addr, nodes->v[i].id);
		if (addr && !add_node(w, addr, per_slab, sums))
			return false;
		any |= addr != 0;
	}
	return any;
}

/** Pages of the cache's slabs: those of fewer objects are of the smaller order. */
static int64_t pages_of(const struct slab_walk *w, const struct sums *sums, int64_t *order, int64_t *per_slab)
{
	int64_t oo = oom_record_int(&w->cache, C_OO), min = oom_record_int(&w->cache, C_MIN), small = 0;
	if (oom_known(oo)) {
		*order = oo >> OO_SHIFT;
		int64_t few = oom_known(min) ? min & ((1 << OO_SHIFT) - 1) : *per_slab;
		int64_t lack = sums->slabs * *per_slab - sums->objects;
		if (lack > 0 && few > 0 && few < *per_slab && lack % (*per_slab - few) == 0)
			small = lack / (*per_slab - few);
	}
	int64_t low = oom_known(min) ? min >> OO_SHIFT : *order;
	if (*order < 0 || *order > ORDER_MAX || low < 0 || low > *order || small > sums->slabs)
		return OOM_ABSENT;
	return ((sums->slabs - small) << *order) + (small << low);
}

/** The row of the cache in the record: its own, or that of its root cache. */
static struct oom_slab *row_of(struct slab_walk *w, size_t *index)
{
	struct oom_slabs *rows = &w->c->state->slabs;
	uint64_t root = oom_record_ptr(&w->cache, C_ROOT), key = root ? root : w->cache.addr;
	const uint64_t *known = oom_map_get(&w->rows, key);
	if (known) {
		*index = *known;
		return &rows->v[*known];
	}
	struct oom_slab *row = oom_add_slab(w->c->arena, rows);
	*index = rows->n - 1;
	if (!row || !oom_map_add(&w->rows, key, *index))
		return row;
	row->origin = (struct oom_origin){OOM_FROM_MEMORY, "struct kmem_cache", (int64_t)w->cache.addr};
	row->caches = row->slabs = row->objects = row->total_kb = 0;
	return row;
}

/** What a cache is: its root cache says, if that comes later in the list, too. */
static void describe(const struct slab_walk *w, struct oom_slab *row, int64_t order)
{
	if (row->name && oom_record_ptr(&w->cache, C_ROOT))
		return;
	int64_t flags = oom_record_int(&w->cache, C_FLAGS), size = oom_record_int(&w->cache, C_SIZE);
	row->name =
		oom_words_at(w->image, oom_record_ptr(&w->cache, C_NAME), NAME_MAX_BYTES, OOM_WORDS_SLAB, w->c->arena);
	row->object_size = size; // with what the allocator adds, as in a log's table of caches
	row->slab_kb = oom_pages_kb(w->image, INT64_C(1) << order);
	if (oom_known(flags))
		row->reclaimable = flags & w->reclaim_flag ? OOM_YES : OOM_NO;
}

/** Adds the cache in the record. False: its figures are not known. */
static bool add_cache(struct slab_walk *w)
{
	struct sums sums = {0};
	int64_t oo = oom_record_int(&w->cache, C_OO), order = oom_record_int(&w->cache, C_ORDER);
	int64_t per_slab = oom_known(oo) ? oo & ((1 << OO_SHIFT) - 1) : oom_record_int(&w->cache, C_NUM);
	if (!sum_nodes(w, per_slab, &sums))
		return false;
	int64_t kb = oom_pages_kb(w->image, pages_of(w, &sums, &order, &per_slab));
	size_t index;
	struct oom_slab *row = oom_known(kb) ? row_of(w, &index) : NULL;
	if (!row)
		return false;
	describe(w, row, order);
	row->caches++;
	row->slabs = oom_plus(row->slabs, sums.slabs);
	row->objects = oom_plus(row->objects, sums.objects);
	row->total_kb = oom_plus(row->total_kb, kb);
	if (sums.partial) {
		struct cache *cache = oom_list_add(w->temp, &w->caches);
		if (cache)
			*cache = (struct cache){w->cache.addr, index, kb};
		else
			row->active_objects = OOM_ABSENT;
	}
	row->active_objects = oom_known(row->active_objects) ? row->active_objects : 0;
	row->active_objects = oom_plus(row->active_objects, sums.objects - sums.free);
	return true;
}

static bool take_cache(void *arg, uint64_t entry)
{
	struct slab_walk *w = arg;
	uint64_t addr = entry - w->cache_layout.m[C_LIST].offset;
	if (!oom_record_read(&w->cache, addr) || !add_cache(w))
		w->lost++;
	return true;
}

static bool take_partial(void *arg, uint64_t entry)
{
	struct slab_walk *w = arg;
	if (!w->slabs_left || !oom_record_read(&w->slab, entry - w->slab_layout.m[S_LIST].offset)) {
		w->broken = true;
		return false;
	}
	w->slabs_left--;
	int64_t inuse = oom_record_int(&w->slab, S_INUSE), objects = oom_record_int(&w->slab, S_OBJECTS);
	if (inuse < 0 || inuse > objects)
		w->broken = true;
	else
		w->free += objects - inuse;
	return !w->broken;
}

/** Takes the free objects on the partial lists of @p cache off its row. */
static void count_free(struct slab_walk *w, const struct cache *cache)
{
	const struct oom_nodes *nodes = &w->c->state->nodes;
	struct oom_slab *row = &w->c->state->slabs.v[cache->row];
	w->free = 0;
	w->broken = !oom_known(row->active_objects);
	for (size_t i = 0; i < nodes->n && !w->broken; i++) {
		uint64_t node = node_of(w, cache->addr, nodes->v[i].id);
		if (node && !oom_list_each(w->image, node + w->node_layout.m[N_PARTIAL].offset, w->slabs_left + 1,
					   take_partial, w))
			w->broken = true;
	}
	if (w->broken || w->free > row->active_objects) {
		row->active_objects = OOM_ABSENT;
		w->uncounted++;
	} else {
		row->active_objects -= w->free;
	}
}

static int larger_first(const void *a, const void *b)
{
	const struct cache *x = a, *y = b;
	if (x->kb != y->kb)
		return (x->kb < y->kb) - (x->kb > y->kb);
	return (x->addr > y->addr) - (x->addr < y->addr);
}

/** Objects in use, of the largest caches first: the work is bounded. */
static void count_active(struct slab_walk *w)
{
	if (w->caches.n)
		qsort(w->caches.v, w->caches.n, sizeof(*w->caches.v), larger_first);
	for (size_t i = 0; i < w->caches.n; i++)
		count_free(w, &w->caches.v[i]);
	struct oom_slabs *rows = &w->c->state->slabs;
	for (size_t i = 0; i < rows->n; i++) {
		struct oom_slab *row = &rows->v[i];
		int64_t bytes;
		if (oom_known(row->active_objects) && row->object_size > 0 &&
		    !__builtin_mul_overflow(row->active_objects, row->object_size, &bytes))
			row->active_kb = bytes / 1024;
	}
	if (w->uncounted)
		oom_case_missing(w->c, "slabs: objects in use of %zu of %zu caches not counted%s", w->uncounted,
				 rows->n,
				 w->slabs_left ? ": lists of slabs cannot be read" : ", --deep looks at all slabs");
}

static bool find_types(struct slab_walk *w, bool deep)
{
	struct oom_image *image = w->image;
	oom_layout_find(&w->cache_layout, image, cache_wants, C_NR);
	oom_layout_find(&w->node_layout, image, node_wants, N_NR);
	bool own = oom_member(image, "slab", "slab_list", &(struct oom_member){0}) == OOM_OK;
	oom_layout_find(&w->slab_layout, image, own ? slab_wants : page_wants, S_NR);
	if (oom_member(image, "kmem_cache", "per_node", &w->node_array) == OOM_OK) // 7.1
		oom_member(image, "kmem_cache_per_node_ptrs", "node", &w->per_node);
	else
		oom_member(image, "kmem_cache", "node", &w->node_array);
	int64_t bit = oom_enum_or(image, "_SLAB_RECLAIM_ACCOUNT", OOM_ABSENT);
	w->reclaim_flag = bit >= 0 && bit < 32 ? INT64_C(1) << bit : RECLAIM_ACCOUNT;
	w->slabs_left = deep ? SLABS_MAX : SLABS_LOOKED_AT;
	return w->cache_layout.m[C_LIST].known && w->cache_layout.m[C_NAME].known && w->node_array.known &&
	       (w->node_layout.m[N_SLABS].known || w->node_layout.m[N_TOTAL_SLABS].known) &&
	       oom_record_init(&w->cache, image, &w->cache_layout, w->temp) &&
	       oom_record_init(&w->node, image, &w->node_layout, w->temp) &&
	       oom_record_init(&w->slab, image, &w->slab_layout, w->temp);
}

void oom_walk_slab(struct oom_image *image, struct oom_case *c, bool deep)
{
	OOM_TEMP_ARENA struct oom_arena *temp = oom_arena_new();
	struct slab_walk *w = temp ? oom_alloc(temp, sizeof(*w)) : NULL;
	uint64_t head;
	if (!w || !oom_case_state(c))
		return;
	w->image = image;
	w->c = c;
	w->temp = temp;
	if (oom_symbol(image, "slab_caches", &head) != OOM_OK || !find_types(w, deep)) {
		oom_case_missing(c, "slabs: slab_caches is not found or not described");
		return;
	}
	if (!c->state->nodes.n) {
		oom_case_missing(c, "slabs: the nodes are not known");
		return;
	}
	bool whole = oom_list_each(image, head, CACHES_MAX, take_cache, w);
	count_active(w);
	if (c->state->slabs.n && whole && !w->lost)
		c->state->totals.slabs = (int64_t)c->state->slabs.n;
	if (!whole)
		oom_case_missing(c, "slabs: the list of caches breaks off after %zu", c->state->slabs.n);
	if (w->lost)
		oom_case_missing(c, "slabs: %zu caches not in the dump", w->lost);
	oom_slab_aliases(image, c, &w->rows, w->cache_layout.m[C_SD].known ? w->cache_layout.m[C_SD].offset : 0);
	oom_map_free(&w->rows);
}
