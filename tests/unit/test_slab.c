// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Slab caches: sums over nodes, slabs of a smaller order, caches of cgroups, free objects, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

/** struct kmem_cache of SLUB with two nodes; memcg_params as from 4.11 to 5.8; struct slab as since 5.17, or page. */
static void types(struct fk *k, const char *slab)
{
	int order = fk_struct(k, "kmem_cache_order_objects", 4);
	fk_member(k, "x", k->t_uint, 0);
	int params = fk_struct(k, "memcg_cache_params", 8);
	fk_member(k, "root_cache", k->t_ptr, 0);
	int nodes = fk_array(k, k->t_ptr, 2);
	fk_struct(k, "kmem_cache", 96);
	fk_member(k, "flags", k->t_uint, 0);
	fk_member(k, "size", k->t_uint, 4);
	fk_member(k, "object_size", k->t_uint, 8);
	fk_member(k, "oo", order, 12);
	fk_member(k, "min", order, 16);
	fk_member(k, "name", k->t_ptr, 24);
	fk_member(k, "list", k->t_list, 32);
	fk_member(k, "memcg_params", params, 48);
	fk_member(k, "node", nodes, 56);
	fk_struct(k, "kmem_cache_node", 64);
	fk_member(k, "nr_partial", k->t_ulong, 0);
	fk_member(k, "partial", k->t_list, 8);
	fk_member(k, "nr_slabs", k->t_long, 24);
	fk_member(k, "total_objects", k->t_long, 32);
	fk_struct(k, slab, 64);
	fk_member(k, slab[0] == 's' ? "slab_list" : "lru", k->t_list, 8);
	btf__add_field(k->btf, "inuse", k->t_uint, 40 * 8, 16);
	btf__add_field(k->btf, "objects", k->t_uint, 40 * 8 + 16, 15);
}

/** A cache: order and objects of a slab, the smallest order and its objects. */
static uint64_t cache(struct fk *k, uint64_t head, const char *name, int64_t flags, int64_t size, int64_t oo,
		      int64_t min)
{
	uint64_t at = fk_alloc(k, 96), text = fk_alloc(k, 64);
	fk_text(k, text, name);
	fk_put(k, at, 4, flags);
	fk_put(k, at + 4, 4, size);
	fk_put(k, at + 8, 4, size);
	fk_put(k, at + 12, 4, oo);
	fk_put(k, at + 16, 4, min);
	fk_put(k, at + 24, 8, (int64_t)text);
	fk_list_add_tail(k, at + 32, head);
	return at;
}

static uint64_t node(struct fk *k, uint64_t of, int id, int64_t slabs, int64_t objects)
{
	uint64_t at = fk_alloc(k, 64);
	fk_put(k, of + 56 + (uint64_t)id * 8, 8, (int64_t)at);
	fk_put(k, at + 24, 8, slabs);
	fk_put(k, at + 32, 8, objects);
	fk_list_init(k, at + 8);
	return at;
}

static uint64_t partial(struct fk *k, uint64_t of, int64_t inuse, int64_t objects)
{
	uint64_t at = fk_alloc(k, 64);
	int64_t n;
	fk_put(k, at + 40, 4, inuse | objects << 16);
	fk_list_add_tail(k, at + 8, of + 8);
	memcpy(&n, fk_at(k, of), 8);
	fk_put(k, of, 8, n + 1);
	return at;
}

static struct oom_case *with_nodes(void)
{
	struct oom_case *c = oom_case_new();
	for (int i = 0; i < 2; i++)
		oom_add_node(c->arena, &oom_case_state(c)->nodes)->id = i;
	return c;
}

static const struct oom_slab *row_of(const struct oom_case *c, const char *name)
{
	for (size_t i = 0; i < c->state->slabs.n; i++)
		if (strcmp(c->state->slabs.v[i].name, name) == 0)
			return &c->state->slabs.v[i];
	fail_msg("no row %s", name);
	return NULL;
}

static uint64_t caches_head(struct fk *k)
{
	uint64_t head = fk_alloc(k, 16);
	fk_list_init(k, head);
	fk_symbol(k, "slab_caches", head);
	return head;
}

static void tells_caches(const char *slab)
{
	struct fk *k = fk_new();
	types(k, slab);
	uint64_t head = caches_head(k);
	// dentry: reclaimable, order 1 with 42 objects; 3 of 13 slabs are of order 0 with 21. 2 slabs have 30 free.
	uint64_t dentry = cache(k, head, "dentry", 0x20000, 192, 1 << 16 | 42, 21);
	uint64_t first = node(k, dentry, 0, 10, 10 * 42 - 3 * 21);
	node(k, dentry, 1, 3, 3 * 42);
	partial(k, first, 20, 42);
	partial(k, first, 13, 21);
	cache(k, head, "empty", 0, 64, 64, 64); // no node at all
	uint64_t small = cache(k, head, "kmalloc-64", 0, 64, 64, 64);
	node(k, small, 0, 5, 320);
	// Two cgroups' caches of kmalloc-64.
	for (int i = 0; i < 2; i++) {
		uint64_t child = cache(k, head, i ? "kmalloc-64(7:b)" : "kmalloc-64(6:a)", 0, 64, 64, 64);
		fk_put(k, child + 48, 8, (int64_t)small);
		node(k, child, 0, 2, 128);
	}
	struct oom_case *c = with_nodes();
	oom_walk_slab(fk_open(k), c, false);
	assert_true(c->state->slabs.known);
	assert_int_equal(c->state->slabs.n, 2);
	const struct oom_slab *row = row_of(c, "dentry");
	assert_int_equal(row->slabs, 13);
	assert_int_equal(row->total_kb, 10 * 8 + 3 * 4);
	assert_int_equal(row->objects, 13 * 42 - 63);
	assert_int_equal(row->active_objects, 13 * 42 - 63 - 22 - 8);
	assert_int_equal(row->active_kb, (13 * 42 - 63 - 30) * 192 / 1024);
	assert_int_equal(row->reclaimable, OOM_YES);
	row = row_of(c, "kmalloc-64");
	assert_int_equal(row->caches, 3);
	assert_int_equal(row->total_kb, 9 * 4);
	assert_int_equal(row->active_objects, 320 + 2 * 128);
	assert_int_equal(row->reclaimable, OOM_NO);
	assert_int_equal(c->source.missing.n, 1); // the cache without nodes
	oom_case_free(c);
	fk_free(k);
}

static void tells_caches_of_5_17(void **state)
{
	(void)state;
	tells_caches("slab");
}

static void tells_caches_of_4_11(void **state)
{
	(void)state;
	tells_caches("page");
}

static void bears_damage(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	types(k, "slab");
	uint64_t head = caches_head(k);
	uint64_t a = cache(k, head, "a", 0, 64, 64, 64), at = node(k, a, 0, 5, 320);
	uint64_t slab = partial(k, at, 10, 64);
	fk_put(k, slab + 8, 8, (int64_t)(slab + 8)); // a cycle that misses the head
	uint64_t b = cache(k, head, "b", 0, 64, 64, 64);
	partial(k, node(k, b, 0, 5, 320), 65, 64);		    // more in use than there are
	uint64_t e = cache(k, head, "e", 0, 64, 30 << 16 | 64, 64); // an impossible order
	node(k, e, 0, 5, 320);
	uint64_t d = cache(k, head, "d", 0, 64, 64, 64);
	node(k, d, 0, -5, 320);
	uint64_t last = fk_page(k, 96);
	fk_put(k, head + 8, 8, (int64_t)last);
	fk_put(k, d + 32, 8, (int64_t)last); // the list goes on in a page that is lost
	fk_drop(k, last);
	struct oom_case *c = with_nodes();
	oom_walk_slab(fk_open(k), c, false);
	assert_int_equal(c->state->slabs.n, 2);
	assert_int_equal(row_of(c, "a")->total_kb, 20);
	assert_int_equal(row_of(c, "a")->active_objects, OOM_ABSENT);
	assert_int_equal(row_of(c, "b")->active_objects, OOM_ABSENT);
	assert_int_equal(row_of(c, "b")->active_kb, OOM_ABSENT);
	assert_true(c->source.missing.n >= 3); // not counted, the list breaks off, caches lost
	oom_case_free(c);
	fk_free(k);
}

static void bounds_the_work(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	types(k, "slab");
	uint64_t head = caches_head(k), many = cache(k, head, "many", 0, 64, 64, 64),
		 at = node(k, many, 0, 5000, 320000);
	for (int i = 0; i < 4500; i++)
		partial(k, at, 32, 64);
	struct oom_image *image = fk_open(k);
	for (int deep = 0; deep < 2; deep++) {
		struct oom_case *c = with_nodes();
		oom_walk_slab(image, c, deep);
		assert_int_equal(row_of(c, "many")->total_kb, 20000);
		assert_int_equal(row_of(c, "many")->active_objects, deep ? 320000 - 4500 * 32 : OOM_ABSENT);
		assert_int_equal(c->source.missing.n, !deep);
		oom_case_free(c);
	}
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_caches_of_5_17),
		cmocka_unit_test(tells_caches_of_4_11),
		cmocka_unit_test(bears_damage),
		cmocka_unit_test(bounds_the_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
