// SPDX-License-Identifier: GPL-2.0-or-later
/** @file The tree of memory cgroups: limits, removed groups, statistics that no flush has handed upwards, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"
#include "kernel/walk.h"

enum { ANON, FILE_PAGES, ITEMS };
#define NO_LIMIT (INT64_MAX / 4096)

static void types(struct fk *k)
{
	const char *items[] = {"NR_ANON_MAPPED", "NR_FILE_PAGES"};
	const char *events[] = {"MEMCG_LOW", "MEMCG_HIGH", "MEMCG_MAX", "MEMCG_OOM", "MEMCG_OOM_KILL"};
	fk_enum(k, "node_stat_item", items, 2);
	fk_enum(k, "memcg_memory_event", events, 5);
	btf__add_enum(k->btf, NULL, 4);
	btf__add_enum_value(k->btf, "CSS_ONLINE", 2);
	btf__add_enum_value(k->btf, "CSS_DYING", 16);
	int longs = fk_array(k, k->t_long, ITEMS), counts = fk_array(k, k->t_long, 5);
	int css = fk_struct(k, "cgroup_subsys_state", 48);
	fk_member(k, "cgroup", k->t_ptr, 0);
	fk_member(k, "sibling", k->t_list, 8);
	fk_member(k, "children", k->t_list, 24);
	fk_member(k, "flags", k->t_uint, 40);
	int counter = fk_struct(k, "page_counter", 48);
	fk_member(k, "usage", k->t_long, 0);
	fk_member(k, "max", k->t_ulong, 8);
	fk_member(k, "high", k->t_ulong, 16);
	fk_member(k, "watermark", k->t_ulong, 24);
	fk_member(k, "failcnt", k->t_ulong, 32);
	fk_struct(k, "memcg_vmstats", 32);
	fk_member(k, "state", longs, 0);
	fk_member(k, "state_pending", longs, 16);
	fk_struct(k, "memcg_vmstats_percpu", 32);
	fk_member(k, "state", longs, 0);
	fk_member(k, "state_prev", longs, 16);
	fk_struct(k, "mem_cgroup", 256);
	fk_member(k, "css", css, 0);
	fk_member(k, "memory", counter, 48);
	fk_member(k, "memory_events", counts, 96);
	fk_member(k, "vmstats", k->t_ptr, 136);
	fk_member(k, "vmstats_percpu", k->t_ptr, 144);
}

static int64_t next_percpu = 64;

/** A group with usage and limit in pages. */
static uint64_t group(struct fk *k, uint64_t parent, int64_t usage, int64_t max, bool dying)
{
	uint64_t at = fk_alloc(k, 256), stats = fk_alloc(k, 32);
	fk_list_init(k, at + 24);
	fk_put(k, at + 40, 4, dying ? 16 : 2);
	fk_put(k, at + 48, 8, usage);
	fk_put(k, at + 56, 8, max);
	fk_put(k, at + 64, 8, NO_LIMIT);
	fk_put(k, at + 72, 8, usage + 1);
	fk_put(k, at + 136, 8, (int64_t)stats);
	fk_put(k, at + 144, 8, next_percpu);
	next_percpu += 32;
	if (parent)
		fk_list_add_tail(k, at + 8, parent + 24);
	return at;
}

/** The group's statistic of anonymous pages: arrived, pending, and what CPU 2 has counted and handed over. */
static void anon(struct fk *k, uint64_t at, int64_t arrived, int64_t pending, int64_t counted, int64_t handed)
{
	uint64_t stats, ptr;
	memcpy(&stats, fk_at(k, at + 136), 8);
	memcpy(&ptr, fk_at(k, at + 144), 8);
	fk_put(k, stats, 8, arrived);
	fk_put(k, stats + 16, 8, pending);
	fk_percpu(k, ptr, 2, 8, counted);
	fk_percpu(k, ptr + 16, 2, 8, handed);
}

static const struct oom_memcg *row_of(const struct oom_case *c, uint64_t at)
{
	for (size_t i = 0; i < c->state->memcgs.n; i++)
		if ((uint64_t)c->state->memcgs.v[i].origin.at == at)
			return &c->state->memcgs.v[i];
	fail_msg("no row");
	return NULL;
}

static void tells_the_tree(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	next_percpu = 64;
	types(k);
	fk_cpus(k);
	uint64_t root = group(k, 0, 0, NO_LIMIT, false);
	fk_var(k, "root_mem_cgroup", 8, (int64_t)root);
	uint64_t pod = group(k, root, 1000, 1000, false), app = group(k, pod, 900, NO_LIMIT, false);
	uint64_t gone = group(k, root, 300, NO_LIMIT, true), below = group(k, gone, 200, NO_LIMIT, true);
	fk_put(k, pod + 96 + 3 * 8, 8, 7); // MEMCG_OOM
	fk_put(k, pod + 48 + 32, 8, 49);
	// app: 500 arrived, 20 pending, CPU 2 counted 75 and handed 70 over: 25 more than what arrived at it. pod: 510,
	// 4 pending, CPU 2 gave back 1 (3 - 4). What has not left app is missing at pod too.
	anon(k, app, 500, 20, 75, 70);
	anon(k, pod, 510, 4, 3, 4);
	struct oom_case *c = oom_case_new();
	oom_walk_memcgs(fk_open(k), c, false);
	assert_true(c->state->memcgs.known);
	assert_int_equal(c->state->memcgs.n, 4);
	const struct oom_memcg *row = &c->state->memcgs.v[0]; // at its limit: first
	assert_int_equal(row->origin.at, (int64_t)pod);
	assert_int_equal(row->usage_kb, 4000);
	assert_int_equal(row->limit_kb, 4000);
	assert_int_equal(row->high_kb, OOM_UNLIMITED);
	assert_int_equal(row->peak_kb, 4004);
	assert_int_equal(row->failcnt, 49);
	assert_int_equal(row->events_oom, 7);
	assert_int_equal(row->anon_kb, 4 * (510 + 4 - 1 + 25));
	assert_int_equal(row_of(c, app)->anon_kb, 4 * 525);
	assert_int_equal(row_of(c, app)->limit_kb, OOM_UNLIMITED);
	assert_int_equal(row_of(c, below)->dying, OOM_YES);
	assert_int_equal(c->state->totals.memcgs, 2);
	assert_int_equal(c->state->totals.memcgs_dying, 2);
	assert_int_equal(c->state->totals.memcgs_dying_kb, 1200); // not the one below it again
	oom_case_free(c);
	fk_free(k);
}

static void bears_damage(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	next_percpu = 64;
	types(k);
	fk_cpus(k);
	uint64_t root = group(k, 0, 0, NO_LIMIT, false);
	fk_var(k, "root_mem_cgroup", 8, (int64_t)root);
	uint64_t a = group(k, root, 10, NO_LIMIT, false);
	fk_put(k, a + 8, 8, (int64_t)(a + 8));	   // its own sibling
	fk_put(k, a + 24, 8, (int64_t)(root + 8)); // the root as its child
	fk_put(k, a + 136, 8, 0x30);		   // statistics are nowhere
	struct oom_case *c = oom_case_new();
	oom_walk_memcgs(fk_open(k), c, false);
	assert_int_equal(row_of(c, a)->usage_kb, 40);
	assert_int_equal(row_of(c, a)->anon_kb, OOM_ABSENT);
	assert_true(c->source.missing.n > 0);
	oom_case_free(c);
	fk_free(k);
}

static void bounds_the_work(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	next_percpu = 64;
	types(k);
	fk_cpus(k);
	uint64_t root = group(k, 0, 0, NO_LIMIT, false);
	fk_var(k, "root_mem_cgroup", 8, (int64_t)root);
	for (int i = 0; i < 700; i++)
		group(k, root, 1000 - i, NO_LIMIT, false);
	uint64_t small = group(k, root, 5, 5, false);
	struct oom_image *image = fk_open(k);
	for (int deep = 0; deep < 2; deep++) {
		struct oom_case *c = oom_case_new();
		oom_walk_memcgs(image, c, deep);
		assert_int_equal(c->state->memcgs.n, deep ? 701 : 500);
		assert_int_equal(c->state->memcgs.v[0].origin.at, (int64_t)small); // at its limit
		assert_int_equal(c->state->memcgs.v[1].usage_kb, 4000);
		assert_int_equal(c->state->totals.memcgs, 701);
		assert_int_equal(c->source.missing.n, !deep);
		oom_case_free(c);
	}
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_tree),
		cmocka_unit_test(bears_damage),
		cmocka_unit_test(bounds_the_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
