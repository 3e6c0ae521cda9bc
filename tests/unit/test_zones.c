// SPDX-License-Identifier: GPL-2.0-or-later
/** @file Nodes, zones and counters of made-up kernels: a NUMA one like 6.1, and layouts of older ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakekernel.h"
#include "kernel/kernel.h"

enum { ZONE = 1024, ORDERS = 3, TYPES = 5, AREA = TYPES * 16 + 8, NODE = 2 * ZONE + 1024 };
// Offsets in struct zone and struct pglist_data below.
enum {
	Z_MARK = 0,
	Z_BOOST = 24,
	Z_RESERVE = 32,
	Z_PRESENT = 56,
	Z_MANAGED = 64,
	Z_SPANNED = 72,
	Z_NAME = 80,
	Z_PCP = 88,
	Z_STATS = 96,
	Z_HIGHATOMIC = 104,
	Z_AREA = 128,
	Z_STAT = 512
};
enum { N_ID = 2 * ZONE, N_FAILURES = 2 * ZONE + 4, N_STATS = 2 * ZONE + 8, N_STAT = 2 * ZONE + 16 };
enum { ZONE_ITEMS = 4, NODE_ITEMS = 6 };

static void enums(struct fk *k)
{
	const char *zone[] = {"NR_FREE_PAGES", "NR_ZONE_ACTIVE_ANON", "NR_MLOCK", "NR_ZSPAGES",
			      "NR_VM_ZONE_STAT_ITEMS"};
	const char *node[] = {"NR_ACTIVE_ANON",	      "NR_SLAB_RECLAIMABLE_B", "NR_KERNEL_STACK_KB",
			      "NR_ANON_THPS",	      "NR_FILE_PAGES",	       "NR_VMALLOC",
			      "NR_VM_NODE_STAT_ITEMS"};
	const char *types[] = {"MIGRATE_UNMOVABLE",  "MIGRATE_MOVABLE", "MIGRATE_RECLAIMABLE",
			       "MIGRATE_HIGHATOMIC", "MIGRATE_ISOLATE", "MIGRATE_TYPES"};
	const char *states[] = {"N_POSSIBLE", "N_ONLINE"};
	fk_enum(k, "zone_stat_item", zone, 5);
	fk_enum(k, "node_stat_item", node, 7);
	fk_enum(k, "migratetype", types, 6);
	fk_enum(k, "node_states", states, 2);
}

static int zone_type(struct fk *k)
{
	int marks = fk_array(k, k->t_ulong, 3), reserve = fk_array(k, k->t_long, 3),
	    lists = fk_array(k, k->t_list, TYPES);
	int area = fk_struct(k, "free_area", AREA);
	fk_member(k, "free_list", lists, 0);
	fk_member(k, "nr_free", k->t_ulong, TYPES * 16);
	int areas = fk_array(k, area, ORDERS), stats = fk_array(k, k->t_long, ZONE_ITEMS);
	int zone = fk_struct(k, "zone", ZONE);
	fk_member(k, "_watermark", marks, Z_MARK);
	fk_member(k, "watermark_boost", k->t_ulong, Z_BOOST);
	fk_member(k, "lowmem_reserve", reserve, Z_RESERVE);
	fk_member(k, "present_pages", k->t_ulong, Z_PRESENT);
	fk_member(k, "managed_pages", k->t_long, Z_MANAGED);
	fk_member(k, "spanned_pages", k->t_ulong, Z_SPANNED);
	fk_member(k, "name", k->t_ptr, Z_NAME);
	fk_member(k, "per_cpu_pageset", k->t_ptr, Z_PCP);
	fk_member(k, "per_cpu_zonestats", k->t_ptr, Z_STATS);
	fk_member(k, "nr_reserved_highatomic", k->t_ulong, Z_HIGHATOMIC);
	fk_member(k, "free_area", areas, Z_AREA);
	fk_member(k, "vm_stat", stats, Z_STAT);
	return zone;
}

static void types(struct fk *k)
{
	fk_cpus(k);
	enums(k);
	int zone = zone_type(k), zones = fk_array(k, zone, 2), stats = fk_array(k, k->t_long, NODE_ITEMS);
	fk_struct(k, "pglist_data", NODE);
	fk_member(k, "node_zones", zones, 0);
	fk_member(k, "node_id", k->t_int, N_ID);
	fk_member(k, "kswapd_failures", k->t_int, N_FAILURES);
	fk_member(k, "per_cpu_nodestats", k->t_ptr, N_STATS);
	fk_member(k, "vm_stat", stats, N_STAT);
	fk_struct(k, "per_cpu_pages", 32);
	fk_member(k, "count", k->t_int, 4);
	int diff = fk_array(k, k->t_s8, ZONE_ITEMS), node_diff = fk_array(k, k->t_s8, NODE_ITEMS);
	fk_struct(k, "per_cpu_zonestat", 8);
	fk_member(k, "vm_stat_diff", diff, 1);
	fk_struct(k, "per_cpu_nodestat", 8);
	fk_member(k, "vm_node_stat_diff", node_diff, 1);
	int longs = fk_array(k, k->t_ulong, 1);
	fk_struct(k, "nodemask_t", 8);
	fk_member(k, "bits", longs, 0);
}

static void fill_zone(struct fk *k, uint64_t zone, const char *name, const int64_t stat[ZONE_ITEMS])
{
	const int64_t marks[] = {100, 125, 150}, reserve[] = {0, 20, 30};
	for (int i = 0; i < 3; i++) {
		fk_put(k, zone + Z_MARK + (uint64_t)i * 8, 8, marks[i]);
		fk_put(k, zone + Z_RESERVE + (uint64_t)i * 8, 8, reserve[i]);
	}
	fk_put(k, zone + Z_PRESENT, 8, 1000);
	fk_put(k, zone + Z_MANAGED, 8, 900);
	fk_put(k, zone + Z_SPANNED, 8, 1100);
	uint64_t text = fk_alloc(k, 16);
	fk_text(k, text, name);
	fk_put(k, zone + Z_NAME, 8, (int64_t)text);
	for (int i = 0; i < ZONE_ITEMS; i++)
		fk_put(k, zone + Z_STAT + (uint64_t)i * 8, 8, stat[i]);
	for (int order = 0; order < ORDERS; order++)
		for (int t = 0; t < TYPES; t++)
			fk_list_init(k, zone + Z_AREA + (uint64_t)(order * AREA + t * 16));
}

static void add_blocks(struct fk *k, uint64_t zone, int order, int type, int n)
{
	uint64_t area = zone + Z_AREA + (uint64_t)(order * AREA), total;
	for (int i = 0; i < n; i++)
		fk_list_add_tail(k, fk_alloc(k, 16), area + (uint64_t)type * 16);
	memcpy(&total, fk_at(k, area + TYPES * 16), 8);
	fk_put(k, area + TYPES * 16, 8, (int64_t)total + n);
}

/** Nodes 0 and 2 of four; node 1 is possible but not online and has no memory. Returns node 0. */
static uint64_t two_nodes(struct fk *k)
{
	types(k);
	uint64_t table = fk_alloc(k, 64 * 8), node0 = fk_page(k, NODE), node1 = fk_page(k, NODE),
		 node2 = fk_page(k, NODE);
	fk_put(k, table, 8, (int64_t)node0);
	fk_put(k, table + 8, 8, (int64_t)node1);
	fk_put(k, table + 16, 8, (int64_t)node2);
	fk_symbol(k, "node_data", table);
	uint64_t states = fk_alloc(k, 16);
	fk_put(k, states, 8, 7);
	fk_put(k, states + 8, 8, 5);
	fk_symbol(k, "node_states", states);
	fk_put(k, node1 + N_ID, 4, 1);
	fk_put(k, node2 + N_ID, 4, 2);
	fill_zone(k, node0, "DMA32", (const int64_t[]){50, 10, 1, 0});
	fill_zone(k, node0 + ZONE, "Normal", (const int64_t[]){500, 20, 0, 7});
	fill_zone(k, node2 + ZONE, "Normal", (const int64_t[]){30, 40, 0, 0});
	fk_put(k, node0 + N_FAILURES, 4, 3);
	fk_put(k, node2 + N_FAILURES, 4, 16);
	const int64_t stats[2][NODE_ITEMS] = {{30, 8, 160, 2, 70, 5}, {40, 1, 32, 0, 9, 1}};
	for (int i = 0; i < NODE_ITEMS; i++) {
		fk_put(k, node0 + N_STAT + (uint64_t)i * 8, 8, stats[0][i]);
		fk_put(k, node2 + N_STAT + (uint64_t)i * 8, 8, stats[1][i]);
	}
	uint64_t zones = fk_alloc(k, ZONE_ITEMS * 8), nodes = fk_alloc(k, NODE_ITEMS * 8);
	const int64_t global_zone[] = {580, 70, 1, 7}, global_node[] = {70, 9, 192, 2, 79, 6};
	for (int i = 0; i < ZONE_ITEMS; i++)
		fk_put(k, zones + (uint64_t)i * 8, 8, global_zone[i]);
	for (int i = 0; i < NODE_ITEMS; i++)
		fk_put(k, nodes + (uint64_t)i * 8, 8, global_node[i]);
	fk_symbol(k, "vm_zone_stat", zones);
	fk_symbol(k, "vm_node_stat", nodes);
	// Per-CPU objects: page lists of zone Normal of node 0 at 0x100, its counters at 0x200, node 0's at 0x300.
	fk_put(k, node0 + ZONE + Z_PCP, 8, 0x100);
	fk_put(k, node0 + ZONE + Z_STATS, 8, 0x200);
	fk_put(k, node0 + N_STATS, 8, 0x300);
	const uint64_t empty[] = {node0, node2 + ZONE};
	for (int i = 0; i < 2; i++) {
		fk_put(k, empty[i] + Z_PCP, 8, 0x400);
		fk_put(k, empty[i] + Z_STATS, 8, 0x500);
	}
	fk_put(k, node2 + N_STATS, 8, 0x600);
	fk_percpu(k, 0x104, 0, 4, 12);
	fk_percpu(k, 0x104, 2, 4, 30);
	fk_percpu(k, 0x201, 0, 1, -100);
	fk_percpu(k, 0x201, 2, 1, 4);
	fk_percpu(k, 0x301 + 5, 2, 1, 3);
	return node0;
}

static struct oom_case *walk(struct oom_image *image)
{
	struct oom_case *c = oom_case_new();
	oom_walk_zones(image, c);
	oom_walk_vmstat(image, c);
	return c;
}

static void tells_nodes_and_zones(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t normal = two_nodes(k) + ZONE;
	fk_put(k, normal + Z_BOOST, 8, 60);
	fk_put(k, normal + Z_HIGHATOMIC, 8, 16);
	struct oom_case *c = walk(fk_open(k));
	assert_int_equal(c->state->nodes.n, 2);
	const struct oom_node *node = c->state->nodes.v;
	assert_int_equal(node[0].id, 0);
	assert_int_equal(node[1].id, 2);
	assert_int_equal(node[0].all_unreclaimable, OOM_NO);
	assert_int_equal(node[1].all_unreclaimable, OOM_YES);
	assert_int_equal(node[0].zones.n, 2);
	assert_int_equal(node[1].zones.n, 1); // no memory in its DMA32
	const struct oom_zone *zone = &node[0].zones.v[1];
	assert_string_equal(zone->name, "Normal");
	assert_int_equal(zone->present_kb, 4000);
	assert_int_equal(zone->managed_kb, 3600);
	assert_int_equal(zone->spanned_kb, 4400);
	// Printed watermarks contain the boost.
	assert_int_equal(zone->min_kb, (100 + 60) * 4);
	assert_int_equal(zone->low_kb, (125 + 60) * 4);
	assert_int_equal(zone->high_kb, (150 + 60) * 4);
	assert_int_equal(zone->boost_kb, 240);
	assert_int_equal(zone->reserved_highatomic_kb, 64);
	assert_int_equal(zone->free_highatomic_kb, OOM_ABSENT);
	assert_int_equal(zone->lowmem_reserve_kb.n, 3);
	assert_int_equal(zone->lowmem_reserve_kb.v[2], 120);
	assert_int_equal(zone->origin.kind, OOM_FROM_MEMORY);
	assert_int_equal(zone->origin.at, (int64_t)normal);
	assert_int_equal(c->source.missing.n, 0);
	oom_case_free(c);
	fk_free(k);
}

static void adds_what_the_cpus_hold(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	two_nodes(k);
	const char *no_ratio = "name";
	fk_struct(k, "memory_stat", 16); // without ratio: huge pages are counted in pages
	fk_member(k, no_ratio, k->t_ptr, 0);
	struct oom_case *c = walk(fk_open(k));
	const struct oom_node *node = c->state->nodes.v;
	const struct oom_zone *zone = &node[0].zones.v[1];
	assert_int_equal(zone->free_kb, (500 - 96) * 4);
	assert_int_equal(zone->counters.free_pcp_kb, 42 * 4);
	assert_int_equal(zone->counters.active_anon_kb, 80);
	assert_int_equal(zone->counters.zspages_kb, 28);
	assert_int_equal(zone->counters.file_kb, OOM_ABSENT);
	assert_int_equal(node[0].counters.active_anon_kb, 120);
	assert_int_equal(node[0].counters.slab_reclaimable_kb, 32); // NR_*_B of a node is in pages
	assert_int_equal(node[0].counters.kernel_stack_kb, 160);
	assert_int_equal(node[0].counters.anon_thp_kb, 8);
	assert_int_equal(node[0].counters.mlocked_kb, 4); // only zones count it: the node's is their sum
	assert_int_equal(node[0].counters.free_pcp_kb, 168);
	const struct oom_counters *all = &c->state->counters;
	assert_int_equal(all->active_anon_kb, 280);
	assert_int_equal(all->kernel_stack_kb, 192);
	assert_int_equal(all->mlocked_kb, 4);
	assert_int_equal(all->free_pcp_kb, 168);
	assert_int_equal(c->state->memory.vmalloc_kb, (6 + 3) * 4);
	oom_case_free(c);
	fk_free(k);
}

static void counts_huge_pages_of_old_kernels(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	two_nodes(k);
	fk_struct(k, "memory_stat", 16); // 5.9 to 5.11
	fk_member(k, "name", k->t_ptr, 0);
	fk_member(k, "ratio", k->t_uint, 8);
	struct oom_case *c = walk(fk_open(k));
	assert_int_equal(c->state->counters.anon_thp_kb, 2 * 2048);
	oom_case_free(c);
	fk_free(k);
	// Neither sign: a count that is not 0 stays unknown.
	k = fk_new();
	two_nodes(k);
	c = walk(fk_open(k));
	assert_int_equal(c->state->counters.anon_thp_kb, OOM_ABSENT);
	oom_case_free(c);
	fk_free(k);
}

static void tells_free_blocks(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t zone = two_nodes(k);
	add_blocks(k, zone, 0, 0, 3);
	add_blocks(k, zone, 0, 2, 2);
	add_blocks(k, zone, 1, 1, 300); // too many to count one by one, but the only list
	add_blocks(k, zone, 2, 1, 200);
	add_blocks(k, zone, 2, 4, 1);
	struct oom_case *c = walk(fk_open(k));
	const struct oom_free_areas *areas = &c->state->nodes.v[0].zones.v[0].free_areas;
	assert_int_equal(areas->n, 3);
	assert_int_equal(areas->v[0].blocks, 5);
	assert_string_equal(areas->v[0].types, "UE");
	assert_int_equal(areas->v[0].by_type.n, TYPES);
	assert_int_equal(areas->v[0].by_type.v[0], 3);
	assert_int_equal(areas->v[0].by_type.v[1], 0);
	assert_int_equal(areas->v[0].by_type.v[2], 2);
	assert_int_equal(areas->v[1].blocks, 300);
	assert_string_equal(areas->v[1].types, "M");
	assert_int_equal(areas->v[1].by_type.v[1], 300);
	assert_string_equal(areas->v[2].types, "MI");
	assert_int_equal(areas->v[2].by_type.v[1], OOM_ABSENT);
	assert_int_equal(areas->v[2].by_type.v[4], 1);
	assert_string_equal(c->state->nodes.v[0].zones.v[1].free_areas.v[0].types, "");
	oom_case_free(c);
	fk_free(k);
}

static void says_what_is_lost(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	uint64_t node0 = two_nodes(k);
	struct oom_image *image = fk_open(k);
	fk_drop(k, node0); // this page has both zones and the node itself
	struct oom_case *c = walk(image);
	assert_int_equal(c->state->nodes.n, 1);
	assert_int_equal(c->state->nodes.v[0].id, 2);
	assert_int_equal(c->source.missing.n, 1);
	assert_non_null(strstr(c->source.missing.v[0], "nodes: 1 not in the dump"));
	oom_case_free(c);
	// A page of one CPU's parts: the counters are there, without them, and the report says so.
	uint64_t areas = 0;
	fk_find(k, "fake_percpu_areas", &areas);
	memset(k->hole, 0, sizeof(k->hole));
	fk_drop(k, areas);
	c = walk(image);
	assert_int_equal(c->state->nodes.v[0].zones.v[1].free_kb, 2000);
	assert_int_equal(c->state->nodes.v[0].zones.v[1].counters.free_pcp_kb, OOM_ABSENT);
	assert_int_equal(c->source.missing.n, 1);
	oom_case_free(c);
	fk_free(k);
	k = fk_new(); // no types at all
	c = walk(fk_open(k));
	assert_int_equal(c->state->nodes.n, 0);
	assert_true(c->source.missing.n > 0);
	oom_case_free(c);
	fk_free(k);
}

/** 3.10: one enum, zone.watermark, zone.pageset, global vm_stat[], contig_page_data, all_unreclaimable in the zone. */
static void reads_an_old_kernel(void **state)
{
	(void)state;
	struct fk *k = fk_new();
	const char *items[] = {"NR_FREE_PAGES",	       "NR_ACTIVE_ANON",  "NR_ANON_PAGES",
			       "NR_SLAB_RECLAIMABLE",  "NR_KERNEL_STACK", "NR_ANON_TRANSPARENT_HUGEPAGES",
			       "NR_VM_ZONE_STAT_ITEMS"};
	fk_cpus(k);
	fk_enum(k, "zone_stat_item", items, 7);
	int marks = fk_array(k, k->t_ulong, 3), stats = fk_array(k, k->t_long, 6), diff = fk_array(k, k->t_s8, 6);
	fk_struct(k, "per_cpu_pages", 16);
	fk_member(k, "count", k->t_int, 0);
	fk_struct(k, "per_cpu_pageset", 32);
	fk_member(k, "pcp", (int)btf__type_cnt(k->btf) - 2, 0);
	fk_member(k, "vm_stat_diff", diff, 20);
	fk_struct(k, "thread_union", 8192);
	int zone = fk_struct(k, "zone", 256);
	fk_member(k, "watermark", marks, 0);
	fk_member(k, "pageset", k->t_ptr, 24);
	fk_member(k, "present_pages", k->t_ulong, 32);
	fk_member(k, "managed_pages", k->t_ulong, 40);
	fk_member(k, "all_unreclaimable", k->t_int, 48);
	fk_member(k, "vm_stat", stats, 56);
	int zones = fk_array(k, zone, 1);
	fk_struct(k, "pglist_data", 512);
	fk_member(k, "node_zones", zones, 0);
	fk_member(k, "node_id", k->t_int, 256);
	uint64_t node = fk_page(k, 512), global = fk_alloc(k, 48);
	const int64_t values[] = {70, 11, 22, 33, 4, 1};
	for (int i = 0; i < 6; i++) {
		fk_put(k, node + 56 + (uint64_t)i * 8, 8, values[i]);
		fk_put(k, global + (uint64_t)i * 8, 8, values[i]);
	}
	fk_put(k, node, 8, 10);
	fk_put(k, node + 24, 8, 0x100);
	fk_put(k, node + 32, 8, 1000);
	fk_put(k, node + 40, 8, 999);
	fk_put(k, node + 48, 4, 1);
	fk_percpu(k, 0x100, 2, 4, 6);
	fk_percpu(k, 0x100 + 20, 2, 1, -8);
	fk_symbol(k, "contig_page_data", node);
	fk_symbol(k, "vm_stat", global);
	struct oom_case *c = walk(fk_open(k));
	assert_int_equal(c->state->nodes.n, 1);
	const struct oom_zone *z = c->state->nodes.v[0].zones.v;
	assert_int_equal(z->min_kb, 40);
	assert_int_equal(z->boost_kb, OOM_ABSENT);
	assert_int_equal(z->managed_kb, 3996);
	assert_int_equal(z->all_unreclaimable, OOM_YES);
	assert_int_equal(z->free_kb, 62 * 4);
	assert_int_equal(z->counters.free_pcp_kb, 24);
	assert_int_equal(z->counters.anon_kb, 88);
	assert_int_equal(z->counters.kernel_stack_kb, 4 * 8);
	assert_int_equal(z->counters.anon_thp_kb, 2048);	     // NR_SLAB_RECLAIMABLE without _B: before 5.9
	assert_int_equal(c->state->nodes.v[0].counters.anon_kb, 88); // nodes count nothing themselves
	assert_int_equal(c->state->counters.slab_reclaimable_kb, 132);
	oom_case_free(c);
	fk_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_nodes_and_zones),
		cmocka_unit_test(adds_what_the_cpus_hold),
		cmocka_unit_test(counts_huge_pages_of_old_kernels),
		cmocka_unit_test(tells_free_blocks),
		cmocka_unit_test(says_what_is_lost),
		cmocka_unit_test(reads_an_old_kernel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
