// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Memory that few kernels count: allocation tags (6.10+), zswap's pools of all eras. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

/* Allocation tags. */

enum { TAG = 40, TAGS = 60 };

static void tags_types(struct fk *k)
{
	int ct = fk_struct(k, "codetag", 32);
	fk_member(k, "flags", k->t_uint, 0);
	fk_member(k, "lineno", k->t_uint, 4);
	fk_member(k, "modname", k->t_ptr, 8);
	fk_member(k, "function", k->t_ptr, 16);
	fk_member(k, "filename", k->t_ptr, 24);
	fk_struct(k, "alloc_tag", TAG);
	fk_member(k, "ct", ct, 0);
	fk_member(k, "counters", k->t_ptr, 32);
	fk_struct(k, "alloc_tag_counters", 16);
	fk_member(k, "bytes", k->t_ulong, 0);
	fk_member(k, "calls", k->t_ulong, 8);
	int range = fk_struct(k, "codetag_range", 16);
	fk_member(k, "start", k->t_ptr, 0);
	fk_member(k, "stop", k->t_ptr, 8);
	fk_struct(k, "codetag_module", 24);
	fk_member(k, "mod", k->t_ptr, 0);
	fk_member(k, "range", range, 8);
	int xarray = fk_struct(k, "xarray", 16);
	fk_member(k, "xa_head", k->t_ptr, 8);
	int idr = fk_struct(k, "idr", 24);
	fk_member(k, "idr_rt", xarray, 0);
	int slots = fk_array(k, k->t_ptr, 64);
	fk_struct(k, "xa_node", 560);
	fk_member(k, "shift", k->t_u8, 0);
	fk_member(k, "slots", slots, 40);
	fk_struct(k, "codetag_type", 64);
	fk_member(k, "mod_idr", idr, 24);
}

static uint64_t text(struct fk *k, const char *words)
{
	uint64_t at = fk_alloc(k, strlen(words) + 1);
	fk_text(k, at, words);
	return at;
}

/** Tag number @p i of @p start: its counters are at offset 16 * i of the CPUs' areas. */
static void tag(struct fk *k, uint64_t start, unsigned i, const char *function, const char *module)
{
	uint64_t at = start + (uint64_t)i * TAG;
	fk_put(k, at + 4, 4, 100 + i);
	fk_put(k, at + 8, 8, module ? (int64_t)text(k, module) : 0);
	fk_put(k, at + 16, 8, (int64_t)text(k, function));
	fk_put(k, at + 24, 8, (int64_t)text(k, "mm/slub.c"));
	fk_put(k, at + 32, 8, 16 * (i + 1));
}

static void counts(struct fk *k, unsigned i, int cpu, int64_t bytes, int64_t calls)
{
	fk_percpu(k, 16 * (i + 1), cpu, 8, bytes);
	fk_percpu(k, 16 * (i + 1) + 8, cpu, 8, calls);
}

/** The type with one module, whose tags are at @p start. */
static void only_module(struct fk *k, uint64_t start, uint64_t n)
{
	uint64_t type = fk_alloc(k, 64), module = fk_alloc(k, 24);
	fk_put(k, module + 8, 8, (int64_t)start);
	fk_put(k, module + 16, 8, (int64_t)(start + n * TAG));
	fk_put(k, type + 24 + 8, 8, (int64_t)module); // an idr of one entry: no node
	fk_var(k, "alloc_tag_cttype", 8, (int64_t)type);
}

static void tells_who_allocated(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_cpus(k);
	tags_types(k);
	fk_var(k, "mem_alloc_profiling_key", 4, 1);
	uint64_t start = fk_alloc(k, 3 * TAG);
	only_module(k, start, 3);
	tag(k, start, 0, "alloc_slab_page", NULL);
	tag(k, start, 1, "leak_init", "leak");
	tag(k, start, 2, "freed_all", NULL);
	counts(k, 0, 0, 5 << 20, 1200);
	counts(k, 0, 2, -(1 << 20), -200); // freed there more than allocated there
	counts(k, 1, 2, 96 << 20, 24576);
	counts(k, 2, 0, 4096, 1);
	counts(k, 2, 2, -4096, -1);
	struct oom_case *c = oom_case_new();
	oom_walk_allocs(fk_open(k), c, false);
	const struct oom_alloc_sites *rows = &c->state->allocs;
	assert_true(rows->known);
	assert_int_equal(rows->n, 2);
	assert_string_equal(rows->v[0].file, "mm/slub.c:101 [leak]");
	assert_string_equal(rows->v[0].function, "leak_init");
	assert_int_equal(rows->v[0].kb, 96 << 10);
	assert_int_equal(rows->v[0].calls, 24576);
	assert_string_equal(rows->v[1].file, "mm/slub.c:100");
	assert_int_equal(rows->v[1].kb, 4 << 10);
	assert_int_equal(rows->v[1].calls, 1000);
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	fk_free(k);
}

static void says_that_nobody_counted(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_cpus(k);
	tags_types(k);
	fk_var(k, "mem_alloc_profiling_key", 4, 0);
	only_module(k, fk_alloc(k, TAG), 1);
	struct oom_case *c = oom_case_new();
	oom_walk_allocs(fk_open(k), c, false);
	assert_false(c->state->allocs.known);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
	k = fk_new(); // built without: nothing to say
	c = oom_case_new();
	oom_walk_allocs(fk_open(k), c, false);
	assert_false(c->state->allocs.known);
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	fk_free(k);
}

static void bears_damaged_tags(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	fk_cpus(k);
	tags_types(k);
	fk_var(k, "mem_alloc_profiling_key", 4, 1);
	uint64_t start = fk_page(k, FK_PAGE);
	only_module(k, start, TAGS);
	tag(k, start, 0, "whole", NULL);
	counts(k, 0, 0, 8192, 2);
	tag(k, start, 1, "lost", NULL);
	fk_put(k, start + TAG + 32, 8, 0x7fffffff); // counters are nowhere
	struct oom_case *c = oom_case_new();
	oom_walk_allocs(fk_open(k), c, true);
	assert_int_equal(c->state->allocs.n, 1);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
	k = fk_new(); // bounds that make no sense
	fk_cpus(k);
	tags_types(k);
	fk_var(k, "mem_alloc_profiling_key", 4, 1);
	only_module(k, FK_BASE + 64, UINT64_C(1) << 40);
	c = oom_case_new();
	oom_walk_allocs(fk_open(k), c, true);
	assert_int_equal(c->state->allocs.n, 0);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
}

/* zswap. */

enum { ZSWAP_SUM, ZSWAP_ZPOOLS, ZSWAP_ZPOOL, ZSWAP_ZS_POOL };

/** Two pools: one of zsmalloc with 300 pages, one of zbud (or zsmalloc again) with 50; 2,000 pages stored. */
static struct fk *make_zswap(int era)
{
	struct fk *k = fk_new();
	int zpools = fk_array(k, k->t_ptr, 2);
	fk_struct(k, "zswap_pool", 64);
	fk_member(k,
		  era == ZSWAP_ZS_POOL	? "zs_pool"
		  : era == ZSWAP_ZPOOLS ? "zpools"
					: "zpool",
		  era == ZSWAP_ZPOOLS ? zpools : k->t_ptr, 0);
	fk_member(k, "list", k->t_list, 32);
	fk_struct(k, "zpool", 16);
	fk_member(k, "driver", k->t_ptr, 0);
	fk_member(k, "pool", k->t_ptr, 8);
	fk_struct(k, "zpool_driver", 16);
	fk_member(k, "type", k->t_ptr, 0);
	fk_struct(k, "zs_pool", 64);
	fk_member(k, "pages_allocated", k->t_long, 40);
	fk_struct(k, "zbud_pool", 64);
	fk_member(k, "pages_nr", k->t_ulong, 16);
	fk_var(k, "zswap_stored_pages", 8, 2000);
	uint64_t head = fk_alloc(k, 16);
	fk_list_init(k, head);
	fk_symbol(k, "zswap_pools", head);
	for (int i = 0; i < 2; i++) {
		bool zbud = i == 1 && era == ZSWAP_ZPOOL;
		uint64_t pool = fk_alloc(k, 64), zpool = fk_alloc(k, 16), driver = fk_alloc(k, 16),
			 own = fk_alloc(k, 64);
		fk_put(k, own + (zbud ? 16 : 40), 8, i ? 50 : 300);
		fk_put(k, driver, 8, (int64_t)text(k, zbud ? "zbud" : "zsmalloc"));
		fk_put(k, zpool, 8, (int64_t)driver);
		fk_put(k, zpool + 8, 8, (int64_t)own);
		fk_put(k, pool, 8, (int64_t)(era == ZSWAP_ZS_POOL ? own : zpool));
		if (era == ZSWAP_ZPOOLS)
			fk_put(k, pool + 8, 8, (int64_t)zpool);
		fk_list_add_tail(k, pool + 32, head);
	}
	if (era == ZSWAP_SUM)
		fk_var(k, "zswap_pool_total_size", 8, 350 * 4096);
	return k;
}

static void sums_the_pools(void **state)
{
	(void)state;
	for (int era = ZSWAP_SUM; era <= ZSWAP_ZS_POOL; era++) {
		struct fk *k = make_zswap(era);
		struct oom_case *c = oom_case_new();
		oom_case_state(c)->memory.swap_total_kb = 65536;
		oom_walk_zswap(fk_open(k), c);
		assert_int_equal(c->state->memory.zswapped_kb, 8000);
		assert_int_equal(c->state->memory.zswap_kb, era == ZSWAP_ZPOOLS ? 2800 : 1400);
		assert_int_equal(c->source.missing.n, 0);
		oom_case_free(c);
		fk_free(k);
	}
}

static void tells_of_a_lost_pool(void **state)
{
	(void)state;
	struct fk *k = make_zswap(ZSWAP_ZPOOL);
	uint64_t head = 0, first;
	fk_find(k, "zswap_pools", &head);
	memcpy(&first, fk_at(k, head), 8);
	fk_put(k, first - 32, 8, 0x1000); // its zpool is nowhere
	struct oom_case *c = oom_case_new();
	oom_walk_zswap(fk_open(k), c);
	assert_int_equal(c->state->memory.zswap_kb, OOM_ABSENT);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_who_allocated),	cmocka_unit_test(says_that_nobody_counted),
		cmocka_unit_test(bears_damaged_tags),	cmocka_unit_test(sums_the_pools),
		cmocka_unit_test(tells_of_a_lost_pool),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
